package import ModelGraph

/// What a Keras HDF5 file holds, as plain values under the file's own names and in its order.
///
/// This is all that crosses from the code that calls libhdf5 to the code that understands Keras.
package struct StoredNetwork: Sendable {
  package var container: KerasContainer
  package var kerasVersion: String?
  /// The text of `model_config`; nil in a file of weights alone.
  package var configuration: String?
  package var hasOptimizerState: Bool
  package var layers: [StoredLayer]

  package init(
    container: KerasContainer, kerasVersion: String?, configuration: String?, hasOptimizerState: Bool,
    layers: [StoredLayer]
  ) {
    self.container = container
    self.kerasVersion = kerasVersion
    self.configuration = configuration
    self.hasOptimizerState = hasOptimizerState
    self.layers = layers
  }
}

/// An entry of `layer_names`: a layer, or a nested model with all weights of its layers.
package struct StoredLayer: Sendable {
  package var name: String
  package var weights: [StoredWeight]

  package init(name: String, weights: [StoredWeight]) {
    self.name = name
    self.weights = weights
  }
}

/// An entry of a layer's `weight_names`.
package struct StoredWeight: Sendable {
  /// As `weight_names` has it: `conv1/kernel:0`, `conv1/kernel`, `sequential/dense/kernel`, `kernel`.
  package var name: String
  /// Where the dataset is, from the root of the file.
  package var path: String
  package var tensor: Tensor

  package init(name: String, path: String, tensor: Tensor) {
    self.name = name
    self.path = path
    self.tensor = tensor
  }
}
