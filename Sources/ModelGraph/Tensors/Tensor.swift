import Glibc

/// The extents of a tensor, outermost first; for activations without the batch dimension: [H, W, C] or [C].
public typealias Shape = [Int]

/// An array of numbers in row-major order: the value of one of a layer's weights.
///
/// Equality is of bits: NaN equals the same NaN, and −0 differs from 0.
public struct Tensor: Sendable {
  public let shape: Shape
  public let dtype: DType
  public let bytes: TensorBytes

  /// - Precondition: `bytes` holds exactly the product of `shape` elements of `dtype`.
  public init(shape: Shape, dtype: DType, bytes: TensorBytes) {
    precondition(
      bytes.count == shape.reduce(1, *) * dtype.byteCount, "\(bytes.count) bytes for shape \(shape)")
    self.shape = shape
    self.dtype = dtype
    self.bytes = bytes
  }

  /// A `float32` tensor.
  ///
  /// - Precondition: `floats` holds exactly the product of `shape` elements.
  public init(shape: Shape, floats: [Float]) {
    self.init(
      shape: shape, dtype: .float32,
      bytes: TensorBytes(count: floats.count * 4) { target in
        floats.withUnsafeBytes { target.copyMemory(from: $0) }
      })
  }

  /// A `float32` tensor whose elements `fill` writes, every one of them.
  package init(shape: Shape, fill: (UnsafeMutableBufferPointer<Float>) -> Void) {
    self.init(
      shape: shape, dtype: .float32,
      bytes: TensorBytes(count: shape.reduce(1, *) * 4) { fill($0.bindMemory(to: Float.self)) })
  }

  public var elementCount: Int { bytes.count / dtype.byteCount }

  /// The elements of a `float32` tensor.
  ///
  /// - Precondition: `dtype` is `float32`, and the memory is aligned to four bytes.
  public func withFloats<R, E: Error>(_ body: (UnsafeBufferPointer<Float>) throws(E) -> R) throws(E) -> R {
    precondition(dtype == .float32, "a \(dtype) tensor has no floats to lend")
    return try bytes.withUnsafeBytes { (raw) throws(E) in try body(raw.bindMemory(to: Float.self)) }
  }

  /// The elements of a `float64` tensor.
  ///
  /// - Precondition: `dtype` is `float64`, and the memory is aligned to eight bytes.
  public func withDoubles<R, E: Error>(_ body: (UnsafeBufferPointer<Double>) throws(E) -> R) throws(E) -> R {
    precondition(dtype == .float64, "a \(dtype) tensor has no doubles to lend")
    return try bytes.withUnsafeBytes { (raw) throws(E) in try body(raw.bindMemory(to: Double.self)) }
  }

  /// A copy of the elements of a `float32` tensor.
  public var floats: [Float] { withFloats { Array($0) } }
}

extension Tensor: Equatable {
  public static func == (a: Tensor, b: Tensor) -> Bool {
    guard a.shape == b.shape, a.dtype == b.dtype else { return false }
    return a.bytes.withUnsafeBytes { x in b.bytes.withUnsafeBytes { y in x.hasSameBytes(as: y) } }
  }
}

extension UnsafeRawBufferPointer {
  func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    guard let start = baseAddress, let otherStart = other.baseAddress else { return true }
    return memcmp(start, otherStart, count) == 0
  }
}
