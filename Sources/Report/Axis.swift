import Glibc

/// A scale from a round number to a round number, in steps of 1, 2 or 5 times a power of ten.
struct Axis {
  let lower: Double
  let upper: Double
  let step: Double

  /// - Parameters:
  ///   - values: What the axis has to hold; what isn't drawn counts for nothing.
  ///   - stepCount: About how many steps there should be.
  ///   - fromZero: Whether the axis begins at zero where most of it would be used all the same.
  ///   - leastStep: 1 where only whole numbers make sense.
  init(holding values: [Double], stepCount: Int, fromZero: Bool, leastStep: Double = 0) {
    let drawn = values.filter(Axis.isDrawn)
    var low = drawn.min() ?? 0
    var high = drawn.max() ?? 1
    if fromZero, low > 0, low < high / 2 { low = 0 }
    let magnitude = max(high.magnitude, low.magnitude)
    if high - low <= max(1e-9 * magnitude, 1e-290) {
      let room = magnitude < 1e-290 ? 1 : magnitude / 10
      (low, high) = (low >= 0 && low < room ? 0 : low - room, high + room)
    }
    step = max(Axis.roundStep(atLeast: (high - low) / Double(stepCount)), leastStep)
    // The margin is for quotients that rounding moved past a whole number.
    lower = (low / step + 1e-9).rounded(.down) * step
    upper = (high / step - 1e-9).rounded(.up) * step
  }

  /// Whether a value has a place on any axis.
  static func isDrawn(_ value: Double) -> Bool { value.isFinite && value.magnitude < 1e300 }

  private static func roundStep(atLeast least: Double) -> Double {
    guard least > 0 else { return 1 }
    let power = pow(10, log10(least).rounded(.down))
    let factor = [1.0, 2, 5].first { $0 * power >= least * (1 - 1e-9) } ?? 10
    return factor * power
  }

  var ticks: [Double] {
    guard let count = Int(exactly: ((upper - lower) / step).rounded()), (0...50).contains(count) else {
      return [lower, upper]
    }
    return (0...count).map { lower + Double($0) * step }
  }

  /// 0 at the lower end, 1 at the upper.
  func position(of value: Double) -> Double { (value - lower) / (upper - lower) }

  /// With the decimals that tell one tick from the next.
  func label(of tick: Double) -> String {
    let isNone = tick.magnitude < step / 2
    guard step >= 1e-4, max(lower.magnitude, upper.magnitude) < 1e6 else {
      return isNone ? "0" : Numbers.significant(tick)
    }
    return Numbers.fixed(tick, max(Int(-log10(step * 1.001).rounded(.down)), 0))
  }
}
