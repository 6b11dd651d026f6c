public import ModelGraph

/// Why no delta leads from one pack to another: the second is not the first after training.
public enum DeltaMismatch: Error, Hashable, CustomStringConvertible {
  /// The first layer that only one of them has, or that is another; nil where the network has ended.
  case layer(inBase: String?, inTuned: String?)
  /// The first layer with other settings or inputs.
  case configuration(layer: String)
  case preprocessing
  /// The first tensor that differs though neither pack trains it.
  case frozen(WeightID)
  /// The second pack is compressed, and its bytes are not those that this program would write.
  case compression

  public var description: String {
    switch self {
    case .layer(let base?, let tuned?): "the networks differ: '\(tuned)' stands where the base has '\(base)'"
    case .layer(let base?, nil): "the networks differ: layer '\(base)' is in the base alone"
    case .layer(nil, let tuned): "the networks differ: layer '\(tuned ?? "")' is not in the base"
    case .configuration(let layer): "the networks differ: layer '\(layer)' has other settings in the base"
    case .preprocessing: "the networks differ: the base prepares images otherwise"
    case .frozen(let id): "frozen tensor \(id) differs from the base's"
    case .compression: "it was compressed by another zlib than this mlpack's"
    }
  }
}
