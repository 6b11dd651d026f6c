package import ModelGraph

/// What a Keras file holds, as plain values under the file's own names and in its order.
///
/// This is all that crosses from the code that opens files to the code that understands Keras.
package struct StoredNetwork: Sendable {
  package var container: KerasContainer
  package var kerasVersion: String?
  /// The text of `model_config` or `config.json`; nil in a file of weights alone.
  package var configuration: String?
  package var hasOptimizerState: Bool
  package var weights: StoredWeights

  package init(
    container: KerasContainer, kerasVersion: String?, configuration: String?, hasOptimizerState: Bool,
    weights: StoredWeights
  ) {
    self.container = container
    self.kerasVersion = kerasVersion
    self.configuration = configuration
    self.hasOptimizerState = hasOptimizerState
    self.weights = weights
  }

  /// Every weight of the file.
  package var allWeights: [StoredWeight] {
    switch weights {
    case .layers(let layers): layers.flatMap(\.weights)
    case .objects(let root): root.allVariables
    }
  }
}

/// The two ways in which Keras has arranged weights in files.
package enum StoredWeights: Sendable {
  /// Legacy HDF5: layers by name, each with a list of named weights.
  case layers([StoredLayer])
  /// The saving format of Keras 3 and the late Keras 2: objects in objects, with numbered variables.
  case objects(StoredObject)
}

/// An entry of `layer_names`: a layer, or a nested model with all weights of its layers.
package struct StoredLayer: Sendable {
  package var name: String
  package var weights: [StoredWeight]
  /// What is no floating-point number (a counter, quantized weights), by name: its type.
  package var otherTypes: [String: String]

  package init(name: String, weights: [StoredWeight], otherTypes: [String: String] = [:]) {
    self.name = name
    self.weights = weights
    self.otherTypes = otherTypes
  }
}

/// A weight: an entry of a layer's `weight_names`, or a numbered variable of an object.
package struct StoredWeight: Sendable {
  /// As `weight_names` has it: `conv1/kernel:0`, `conv1/kernel`, `sequential/dense/kernel`, `kernel`; or a number.
  package var name: String
  package var place: Place
  package var tensor: Tensor

  /// Where a dataset is.
  package struct Place: Sendable, Hashable, CustomStringConvertible {
    /// The HDF5 file among those that the container is made of: 0 but in a sharded one.
    package var part: Int
    /// From the root of that file.
    package var path: String

    package init(part: Int = 0, path: String) {
      self.part = part
      self.path = path
    }

    package var description: String { path }
  }

  package init(name: String, place: Place, tensor: Tensor) {
    self.name = name
    self.place = place
    self.tensor = tensor
  }
}

/// A layer or model in the saving format of Keras 3: the group `layers/conv2d_1`, say.
package struct StoredObject: Sendable {
  /// The group's name: the class in snake case and a number from the second object of that class on.
  package var key: String
  /// The layer's name, which Keras writes down from 3.6 on.
  package var name: String?
  /// By their numbers.
  package var variables: [Int: StoredWeight]
  /// Types of variables that are no floating-point numbers, by their numbers.
  package var otherTypes: [Int: String]
  package var children: [StoredObject]

  package init(
    key: String, name: String? = nil, variables: [Int: StoredWeight] = [:], otherTypes: [Int: String] = [:],
    children: [StoredObject] = []
  ) {
    self.key = key
    self.name = name
    self.variables = variables
    self.otherTypes = otherTypes
    self.children = children
  }

  var allVariables: [StoredWeight] {
    variables.sorted { $0.key < $1.key }.map(\.value) + children.flatMap(\.allVariables)
  }

  /// The class in snake case, and the number that follows it: 0 for the first of a class.
  var kind: (className: String, number: Int) {
    guard let stem = WeightPath.withoutSuffix(key), let number = Int(key.dropFirst(stem.count + 1)) else {
      return (key, 0)
    }
    return (stem, number)
  }

  /// The children by their class, each class in the order of their numbers, which may have gaps.
  var childrenByClass: [String: [StoredObject]] {
    let kinds = children.map { (kind: $0.kind, child: $0) }
    return Dictionary(grouping: kinds, by: \.kind.className)
      .mapValues { same in same.sorted { $0.kind.number < $1.kind.number }.map(\.child) }
  }

  /// The children of a class in the order of their numbers, which may have gaps.
  func children(ofClass name: String) -> [StoredObject] {
    childrenByClass[name] ?? []
  }
}
