/// What a layer computes: Keras's class and the part of its configuration that decides the result.
///
/// A case with a window works on images [H, W, C], C fastest (`channels_last`).
public enum Operation: Sendable, Hashable {
  /// `InputLayer`; the shape is without the batch dimension.
  case input(Shape)
  /// `Rescaling`: x · scale + offset.
  case rescaling(scale: Double, offset: Double)
  case zeroPadding2D(Margins)
  /// `Conv2D`; kernel [kh, kw, C, filters].
  case conv2D(filters: Int, Window, useBias: Bool, Activation)
  /// `DepthwiseConv2D`; kernel [kh, kw, C, multiplier], output channel c·multiplier + m.
  case depthwiseConv2D(multiplier: Int, Window, useBias: Bool, Activation)
  case batchNormalization(BatchNormalization)
  /// `ReLU`: max(x, 0), and min(·, maxValue) where there is one.
  case relu(maxValue: Float?)
  case averagePooling2D(Window)
  case globalAveragePooling2D(keepDims: Bool)
  case dropout(rate: Double)
  case flatten
  case reshape(Shape)
  /// `Dense`; kernel [C, units].
  case dense(units: Int, useBias: Bool, Activation)
  /// `Softmax` over the last axis, or `Activation("softmax")`.
  case softmax

  /// Keras's class name.
  public var className: String {
    switch self {
    case .input: "InputLayer"
    case .rescaling: "Rescaling"
    case .zeroPadding2D: "ZeroPadding2D"
    case .conv2D: "Conv2D"
    case .depthwiseConv2D: "DepthwiseConv2D"
    case .batchNormalization: "BatchNormalization"
    case .relu: "ReLU"
    case .averagePooling2D: "AveragePooling2D"
    case .globalAveragePooling2D: "GlobalAveragePooling2D"
    case .dropout: "Dropout"
    case .flatten: "Flatten"
    case .reshape: "Reshape"
    case .dense: "Dense"
    case .softmax: "Softmax"
    }
  }
}

/// Keras's `activation` argument.
public enum Activation: String, Sendable, Hashable {
  case linear
  case relu
  case softmax
}

/// `BatchNormalization` over the last axis:
/// y = gamma · (x − mean) / √(variance + epsilon) + beta.
public struct BatchNormalization: Sendable, Hashable {
  public var epsilon: Double
  public var momentum: Double
  /// Whether there is a beta.
  public var center: Bool
  /// Whether there is a gamma.
  public var scale: Bool

  public init(epsilon: Double = 1e-3, momentum: Double = 0.99, center: Bool = true, scale: Bool = true) {
    self.epsilon = epsilon
    self.momentum = momentum
    self.center = center
    self.scale = scale
  }
}
