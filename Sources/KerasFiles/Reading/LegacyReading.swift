internal import HDF5
internal import ModelGraph

/// Reads the legacy HDF5 layout, whole model or weights alone, of Keras 2 and Keras 3.
enum LegacyReading {
  /// The network below `root`, or nil where it has another layout.
  static func network(_ root: borrowing Group, in file: FileImage) throws -> StoredNetwork? {
    if try root.texts("layer_names") != nil {
      return StoredNetwork(
        container: .legacyWeights, kerasVersion: try root.text("keras_version"), configuration: nil,
        hasOptimizerState: false, weights: .layers(try layers(of: root, in: file)))
    }
    return try root.contains("model_weights") ? try wholeModel(root, in: file) : nil
  }

  private static func wholeModel(_ root: borrowing Group, in file: FileImage) throws -> StoredNetwork {
    let weights = try root.group(at: "model_weights")
    let version = try root.text("keras_version")
    let groupVersion = try weights.text("keras_version")
    let configuration = try root.text("model_config")
    return StoredNetwork(
      container: configuration == nil ? .legacyWeights : .legacyModel, kerasVersion: version ?? groupVersion,
      configuration: configuration, hasOptimizerState: try root.contains("optimizer_weights"),
      weights: .layers(try layers(of: weights, in: file)))
  }

  private static func layers(of group: borrowing Group, in file: FileImage) throws -> [StoredLayer] {
    guard let names = try group.texts("layer_names") else { throw KerasFileError.Problem.noNetwork }
    var budget = ReadingBudget()
    try budget.take(layers: names.count, at: group.location.path)
    var layers: [StoredLayer] = []
    for name in names {
      let layer = try group.group(at: name)
      layers.append(try self.layer(name, layer, in: file, &budget))
    }
    return layers
  }

  private static func layer(
    _ name: String, _ group: borrowing Group, in file: FileImage, _ budget: inout ReadingBudget
  ) throws -> StoredLayer {
    let names = try group.texts("weight_names") ?? []
    try budget.take(weights: names.count, at: group.location.path)
    var layer = StoredLayer(name: name, weights: [])
    for name in names {
      let dataset = try group.dataset(at: name)
      switch try budget.tensor(of: dataset, in: file) {
      case .number(let tensor):
        let place = StoredWeight.Place(path: dataset.location.path)
        layer.weights.append(StoredWeight(name: name, place: place, tensor: tensor))
      case .other(let type): layer.otherTypes[name] = type
      }
    }
    return layer
  }
}
