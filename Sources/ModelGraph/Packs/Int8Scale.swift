/// The scale of each output channel of a kernel with which `int8` elements come nearest to it.
///
/// For each channel the squared error is computed for many scales around that which just fits the largest
/// element, and the best of them is moved to the least-squares solution for its integers, a few times. Channels are
/// taken sixteen at a time, each in a lane of a vector.
enum Int8Scale {
  private typealias Lanes = SIMD16<Float>

  /// - Parameter kernel: `float32`, finite; its innermost axes number the channels.
  /// - Returns: A scale a channel; 0 where all elements are, or are too small for a scale.
  static func nearest(to kernel: Tensor, channels: Int) -> [Float] {
    let blocks = Parallel.map((channels + Lanes.scalarCount - 1) / Lanes.scalarCount) { block in
      let first = block * Lanes.scalarCount
      let panel = panel(of: kernel, channels: channels, first: first)
      let scales = nearest(to: panel)
      return (0..<min(Lanes.scalarCount, channels - first)).map { scales[$0] }
    }
    return Array(blocks.joined())
  }

  /// The elements of sixteen channels, one of each after the other; zeros where there are fewer channels.
  private static func panel(of kernel: Tensor, channels: Int, first: Int) -> [Lanes] {
    let width = min(Lanes.scalarCount, channels - first)
    return kernel.withFloats { floats in
      (0..<floats.count / channels).map { row in
        var lanes = Lanes()
        for lane in 0..<width { lanes[lane] = floats[row * channels + first + lane] }
        return lanes
      }
    }
  }

  private static func nearest(to panel: [Lanes]) -> Lanes {
    let largest = panel.reduce(Lanes()) { largest, row in
      largest.replacing(with: magnitude(row), where: magnitude(row) .> largest)
    }
    let fitting = largest / ReducedPrecision.largestInteger
    // Neither what is near the lower end of the range nor what is zero has a scale that can be divided by.
    let isUsable = fitting .>= 0x1p-100
    var best = fitting.replacing(with: 1, where: .!isUsable)
    var least = fit(panel, best).error
    func consider(_ scale: Lanes) {
      let error = fit(panel, scale).error
      let isBetter = error .< least
      best.replace(with: scale, where: isBetter)
      least.replace(with: error, where: isBetter)
    }
    for level in levels(elements: panel.count) {
      consider((largest / level).replacing(with: 1, where: .!isUsable))
    }
    for _ in 0..<3 {
      let solution = fit(panel, best).solution
      consider(best.replacing(with: solution, where: solution .> 0))
    }
    return best.replacing(with: 0, where: .!isUsable)
  }

  /// What the largest element becomes, in steps of the scale: above 127 it is cut off.
  ///
  /// The more elements, the more cutting off one is worth, and the less there is to win by luck: with n elements
  /// that are about as large as the largest, n / 12 · step² is the error of rounding.
  private static func levels(elements: Int) -> [Float] {
    let count = min(max(4096 / elements, 16), 384)
    let range = ReducedPrecision.largestInteger
    let gain = Float(elements) / (12 * range * range)
    let upper = range * (1 + min(gain, 0.5) + 0.01)
    let lower = range * max(0.75, 0.97 - 2 / Float(elements))
    return (0..<count).map { lower + (upper - lower) * Float($0) / Float(count - 1) }
  }

  /// The squared error with these scales, and the scales that are best for the integers they give.
  @inline(__always)
  private static func fit(_ panel: [Lanes], _ scale: Lanes) -> (error: Lanes, solution: Lanes) {
    let inverse = 1 / scale
    var error = Lanes()
    var products = Lanes()
    var squares = Lanes()
    for row in panel {
      let integers = rounded(row * inverse)
      let difference = row - integers * scale
      error += difference * difference
      products += integers * row
      squares += integers * integers
    }
    return (error, products / squares)
  }

  /// The nearest integers from −127 to 127.
  @inline(__always)
  private static func rounded(_ quotients: Lanes) -> Lanes {
    let limit = Lanes(repeating: ReducedPrecision.largestInteger)
    var limited = quotients.replacing(with: limit, where: quotients .> limit)
    limited.replace(with: -limit, where: limited .< -limit)
    // A sum of this size has no places behind the point.
    let aligner = Lanes(repeating: 0x1.8p23)
    return (limited + aligner) - aligner
  }

  @inline(__always)
  private static func magnitude(_ lanes: Lanes) -> Lanes { lanes.replacing(with: -lanes, where: lanes .< 0) }
}
