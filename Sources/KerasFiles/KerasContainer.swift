/// A kind of file that Keras keeps a network in.
public enum KerasContainer: String, Sendable, Hashable, CaseIterable {
  /// HDF5 with the configuration and the weights, as `model.save("x.h5")` writes it.
  case legacyModel
  /// HDF5 with the weights alone, as `model.save_weights("x.h5")` of Keras 2 writes it.
  case legacyWeights
}

extension KerasContainer: CustomStringConvertible {
  public var description: String {
    switch self {
    case .legacyModel: "Keras HDF5, whole model"
    case .legacyWeights: "Keras HDF5, weights alone"
    }
  }
}
