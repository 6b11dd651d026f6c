/// The names that Keras gives to the variables of the layers that mlpack knows.
public enum WeightName: String, Sendable, Hashable, CaseIterable {
  case kernel
  case depthwiseKernel = "depthwise_kernel"
  case bias
  case gamma
  case beta
  case movingMean = "moving_mean"
  case movingVariance = "moving_variance"

  /// Whether an optimizer may ever change it: moving statistics follow the data, not the gradient.
  public var isTrainable: Bool { self != .movingMean && self != .movingVariance }
}

/// One weight of one layer; printed as Keras prints it, `conv1/kernel`.
public struct WeightID: Sendable, Hashable, CustomStringConvertible {
  public let layer: String
  public let name: WeightName

  public init(layer: String, name: WeightName) {
    self.layer = layer
    self.name = name
  }

  public var description: String { "\(layer)/\(name.rawValue)" }
}

/// A weight's name and the shape that its layer gives it.
public struct WeightSpec: Sendable, Hashable {
  public let name: WeightName
  public let shape: Shape
  /// The axes that, flattened in order, number the output channels.
  public let channelAxes: Range<Int>

  public init(name: WeightName, shape: Shape, channelAxes: Range<Int>) {
    self.name = name
    self.shape = shape
    self.channelAxes = channelAxes
  }

  public var elementCount: Int { shape.reduce(1, *) }
  /// Output channels; the granularity of a freeze mask.
  public var channelCount: Int { shape[channelAxes].reduce(1, *) }
}

public typealias Weights = [WeightID: Tensor]
