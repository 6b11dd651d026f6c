/// How far two tensors of one shape are apart.
public struct TensorDistance: Sendable, Hashable {
  /// Elements whose numbers differ: −0 differs from 0, and NaN from all but the same NaN.
  public let differing: Int
  /// The largest |a − b|; nil where one of the two is not a number, or not finite where the other is.
  public let maxAbs: Double?
  /// The most steps from a to b along the `float32` numbers in their order, in which −0 stands one step below 0;
  /// nil where one of the two is not a number.
  public let maxUlp: Int?
  /// `maxAbs` over the largest finite |a|; 0 where both are 0, nil where only the latter is.
  public let relative: Double?

  /// - Precondition: Both have one shape.
  public init(_ a: Tensor, _ b: Tensor) {
    precondition(a.shape == b.shape, "no distance between shapes \(a.shape) and \(b.shape)")
    if a == b {
      (differing, maxAbs, maxUlp, relative) = (0, 0, 0, 0)
    } else if a.dtype == .float64 || b.dtype == .float64 {
      let (a, b) = (a.doubles, b.doubles)
      self = a.withUnsafeBufferPointer { a in b.withUnsafeBufferPointer { b in TensorDistance(a, b) } }
    } else {
      self = a.float32.withFloats { a in b.float32.withFloats { b in TensorDistance(a, b) } }
    }
  }

  private init<Number: BinaryFloatingPoint>(
    _ a: UnsafeBufferPointer<Number>, _ b: UnsafeBufferPointer<Number>
  ) {
    var differing = 0
    var hasOtherNaN = false
    var maxAbs = 0.0
    var maxUlp = 0
    for index in a.indices where !a[index].hasSameBits(as: b[index]) {
      differing += 1
      hasOtherNaN = hasOtherNaN || a[index].isNaN || b[index].isNaN
      maxAbs = max(maxAbs, (Double(a[index]) - Double(b[index])).magnitude)
      maxUlp = max(maxUlp, abs(Float(a[index]).rank - Float(b[index]).rank))
    }
    let isMeasured = !hasOtherNaN && maxAbs.isFinite
    self.differing = differing
    self.maxAbs = isMeasured ? maxAbs : nil
    self.maxUlp = hasOtherNaN ? nil : maxUlp
    relative = isMeasured ? TensorDistance.ratio(maxAbs, to: TensorDistance.magnitude(a)) : nil
  }

  private static func magnitude<Number: BinaryFloatingPoint>(_ numbers: UnsafeBufferPointer<Number>) -> Double
  {
    numbers.reduce(0) { largest, number in
      number.isFinite ? max(largest, Double(number).magnitude) : largest
    }
  }

  private static func ratio(_ distance: Double, to magnitude: Double) -> Double? {
    guard distance > 0 else { return 0 }
    let ratio = distance / magnitude
    return ratio.isFinite ? ratio : nil
  }
}

extension BinaryFloatingPoint {
  fileprivate func hasSameBits(as other: Self) -> Bool {
    self == other
      ? sign == other.sign
      : isNaN && other.isNaN && significandBitPattern == other.significandBitPattern && sign == other.sign
  }
}

extension Float {
  /// Place among all bit patterns in the order of the numbers: 0 at 0, −0 at −1.
  fileprivate var rank: Int {
    let bits = Int32(bitPattern: bitPattern)
    return Int(bits >= 0 ? bits : bits ^ .max)
  }
}
