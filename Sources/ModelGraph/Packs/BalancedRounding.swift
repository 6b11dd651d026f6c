/// Rounding of a kernel whose errors cancel within each output channel.
///
/// What a rectifier lets through is positive in the mean, so errors of one sign add up in an output where others
/// average out: an output's squared error is about Σ e² + λ · (Σ e)² of its channel, with λ the square of the inputs'
/// mean over their variance. Each element is rounded to nearest; then, as long as that lessens this sum, the element
/// that was nearest to a tie goes to its other neighbour. On MobileNet V1 the outputs of float16 are off by a quarter
/// less.
struct BalancedRounding {
  /// Elements of the kernel as they were; channel c's are c, c + channels, …
  let originals: UnsafeBufferPointer<Float>
  let channels: Int
  /// The next value from one that the precision has, up or down, in a channel; nil where there is none.
  let neighbour: (_ value: Float, _ isUp: Bool, _ channel: Int) -> Float?

  /// λ of inputs that are normally distributed around zero, and of which a rectifier leaves what is positive:
  /// 1 / 2π over 1 / 2 − 1 / 2π.
  private static let meanShare = 0.467

  /// An element whose error has the sign of its channel's sum.
  private struct Candidate {
    let index: Int
    let neighbour: Float
    /// By how much the sum of errors changes.
    let gap: Double
    /// By how much the squared error grows, for each unit of the sum.
    let cost: Double
  }

  /// - Parameter values: The elements rounded to nearest, which are then moved.
  func balance(_ channel: Int, _ values: UnsafeMutableBufferPointer<Float>) {
    let indices = stride(from: channel, to: values.count, by: channels)
    let sum = indices.reduce(0.0) { $0 + error(of: values[$1], at: $1) }
    guard sum != 0, sum.isFinite else { return }
    var rest = sum.magnitude
    for candidate in candidates(indices, values, sum, channel)
    where candidate.cost < BalancedRounding.meanShare * (2 * rest - candidate.gap) {
      values[candidate.index] = candidate.neighbour
      rest -= candidate.gap
    }
  }

  private func error(of value: Float, at index: Int) -> Double { Double(value) - Double(originals[index]) }

  /// The cheapest first.
  private func candidates(
    _ indices: StrideTo<Int>, _ values: UnsafeMutableBufferPointer<Float>, _ sum: Double, _ channel: Int
  ) -> [Candidate] {
    var candidates: [Candidate] = []
    for index in indices {
      let value = values[index]
      let error = error(of: value, at: index)
      guard error * sum > 0, let neighbour = neighbour(value, sum < 0, channel) else { continue }
      let gap = (Double(neighbour) - Double(value)).magnitude
      guard gap > 0, gap < 2 * sum.magnitude else { continue }
      candidates.append(
        Candidate(index: index, neighbour: neighbour, gap: gap, cost: gap - 2 * error.magnitude))
    }
    candidates.sort { ($0.cost, $0.index) < ($1.cost, $1.index) }
    return candidates
  }
}
