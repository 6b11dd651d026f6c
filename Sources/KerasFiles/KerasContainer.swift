/// A kind of file that Keras keeps a network in.
public enum KerasContainer: String, Sendable, Hashable, CaseIterable {
  /// HDF5 with the configuration and the weights, as `model.save("x.h5")` writes it.
  case legacyModel = "keras-h5"
  /// HDF5 with the weights alone, as `model.save_weights("x.h5")` of Keras 2 writes it.
  case legacyWeights = "keras-weights-h5"
  /// A zip archive with the configuration and the weights, as `model.save("x.keras")` writes it.
  case archive = "keras-v3"
  /// HDF5 with the weights alone, as `model.save_weights("x.weights.h5")` writes it.
  case weights = "weights-h5"
  /// JSON that names files of weights, as `model.save_weights("x.weights.json", max_shard_size=…)` writes it.
  case shardedWeights = "weights-json"

  /// Whether the container has the network's configuration.
  public var isModel: Bool { self == .legacyModel || self == .archive }
}

extension KerasContainer: CustomStringConvertible {
  public var description: String {
    switch self {
    case .legacyModel: "Keras HDF5, whole model"
    case .legacyWeights: "Keras HDF5, weights alone"
    case .archive: "Keras archive (.keras), whole model"
    case .weights: "Keras .weights.h5, weights alone"
    case .shardedWeights: "Keras .weights.json, sharded weights alone"
    }
  }
}
