public import ModelGraph

/// Where numbers are NaN or infinite that should not be.
public enum NotFinite: Sendable, Hashable, CustomStringConvertible {
  /// What the frozen layers give.
  case features
  case weight(WeightID)
  /// What a layer gives in the forward pass.
  case output(layer: String)
  /// The loss, though all that it is made of is finite.
  case loss

  /// Whether training has no part in it.
  public var isOfFrozenLayers: Bool { self == .features }

  public var description: String {
    switch self {
    case .features: "what the frozen layers give is NaN or infinite"
    case .weight(let id): "some of the weights '\(id)' became NaN or infinite in an update"
    case .output(let layer): "the output of layer '\(layer)' is NaN or infinite"
    case .loss: "the loss is NaN or infinite"
    }
  }
}
