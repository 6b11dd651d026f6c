/// How far apart two tensors of one shape and type are, element by element.
public struct Distance: Sendable, Hashable {
  /// The largest absolute difference, rounded up.
  public let largest: Float
  /// The mean absolute difference, in double precision.
  public let mean: Double

  /// A NaN is infinitely far from a number, and at no distance from another.
  ///
  /// - Precondition: Shapes and types are the same.
  public init(between a: Tensor, and b: Tensor) {
    precondition(a.shape == b.shape && a.dtype == b.dtype, "tensors of different kinds have no distance")
    var largest = 0.0
    var sum = 0.0
    Distance.forEachPair(a, b) { x, y in
      let difference = (x - y).magnitude
      let isSame = x == y || (x.isNaN && y.isNaN)
      let distance = isSame ? 0 : difference.isNaN ? .infinity : difference
      largest = max(largest, distance)
      sum += distance
    }
    self.largest = Distance.roundedUp(largest)
    mean = sum / Double(max(a.elementCount, 1))
  }

  @inline(__always)
  private static func forEachPair(_ a: Tensor, _ b: Tensor, _ body: (Double, Double) -> Void) {
    if a.dtype == .float64 {
      a.withDoubles { a in
        b.withDoubles { b in
          for index in 0..<a.count { body(a[index], b[index]) }
        }
      }
    } else {
      a.float32.withFloats { a in
        b.float32.withFloats { b in
          for index in 0..<a.count { body(Double(a[index]), Double(b[index])) }
        }
      }
    }
  }

  /// The least `float32` that is not below `value`.
  static func roundedUp(_ value: Double) -> Float {
    let nearest = Float(value)
    return Double(nearest) < value ? nearest.nextUp : nearest
  }
}
