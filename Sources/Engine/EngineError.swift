public import ModelGraph

/// Why a network cannot run, or a mask cannot be trained.
public enum EngineError: Error, Sendable, CustomStringConvertible {
  case unsupportedLayer(String, why: String)
  case cannotTrain(WeightID, why: String)
  /// The network does not end in one score a class.
  case notAClassifier(output: Shape)

  public var description: String {
    switch self {
    case .unsupportedLayer(let name, let why): "layer '\(name)' cannot run on a device: \(why)"
    case .cannotTrain(let id, let why): "'\(id)' cannot be trained: \(why)"
    case .notAClassifier(let output):
      "the network gives \(output), not one score a class; give it a head with 'mlpack import --labels' or '--classes'"
    }
  }
}
