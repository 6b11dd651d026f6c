public import ModelGraph

/// An array of numbers in double precision, row-major: the last axis is contiguous.
///
/// Activations are [N, H, W, C] or [N, C]; kernels and vectors have the shapes that Keras gives them.
public struct NDArray: Sendable, Equatable {
  public let shape: Shape
  public var elements: [Double]

  /// - Precondition: There are exactly as many elements as `shape` says.
  public init(shape: Shape, elements: [Double]) {
    precondition(elements.count == shape.reduce(1, *), "\(elements.count) elements for shape \(shape)")
    self.shape = shape
    self.elements = elements
  }

  public init(zeros shape: Shape) {
    self.init(shape: shape, elements: [Double](repeating: 0, count: shape.reduce(1, *)))
  }

  /// The values of a `float32` tensor.
  ///
  /// - Precondition: `tensor.dtype` is `float32`.
  public init(_ tensor: Tensor) {
    self.init(shape: tensor.shape, elements: tensor.withFloats { $0.map(Double.init) })
  }

  /// The same elements under another shape.
  public func reshaped(to shape: Shape) -> NDArray { NDArray(shape: shape, elements: elements) }

  public func map(_ transform: (Double) -> Double) -> NDArray {
    NDArray(shape: shape, elements: elements.map(transform))
  }

  public static func + (a: NDArray, b: NDArray) -> NDArray { a.combined(with: b, +) }
  public static func - (a: NDArray, b: NDArray) -> NDArray { a.combined(with: b, -) }
  /// Element by element.
  public static func * (a: NDArray, b: NDArray) -> NDArray { a.combined(with: b, *) }
  public static func * (a: NDArray, factor: Double) -> NDArray { a.map { $0 * factor } }

  private func combined(with other: NDArray, _ operation: (Double, Double) -> Double) -> NDArray {
    precondition(shape == other.shape, "shapes \(shape) and \(other.shape)")
    return NDArray(shape: shape, elements: zip(elements, other.elements).map(operation))
  }

  /// Extent of the last axis: channels, classes, units.
  var channels: Int { shape[shape.count - 1] }
  /// How many vectors along the last axis there are.
  var rows: Int { elements.count / channels }
  /// N, and the pixels of an array of shape [N, H, W, C].
  var batch: Int { shape[0] }
  var size: Size2D { Size2D(height: shape[1], width: shape[2]) }
}
