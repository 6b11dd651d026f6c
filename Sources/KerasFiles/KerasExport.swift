internal import HDF5
public import ModelGraph
internal import SystemFiles

/// Writes networks for Keras.
public enum KerasExport {
  /// What the file says that it is from: anything but "1" makes Keras 2 and Keras 3 read it the same way.
  private static let kerasVersion = "2.15.0"

  /// Writes a whole model as legacy HDF5, which `load_model` of Keras 2 and of Keras 3 loads.
  ///
  /// The model is one flat Functional model without training configuration. Equal models give equal bytes.
  ///
  /// - Throws: `FileError` or `KerasFileError` `notWritten`; `path` is then as it was.
  public static func write(_ model: Model, to path: String) throws {
    try AtomicFile.replace(path) { temporaryPath in
      try reportingFailure(of: path) { () throws(HDF5Error) in try create(model, at: temporaryPath) }
    }
  }

  /// Writes a copy of `original` in which the weights of `model` stand, and all else stays as it is:
  /// configuration, order, names, attributes, the state of the optimizer.
  ///
  /// Only datasets whose bits differ are written to. `path` may be `original`. A classifier that `original` does
  /// not have, because it was imported without one or with another, finds no place there and is left out.
  ///
  /// - Throws: `FileError`; `KerasFileError` for what is wrong with `original`, `otherNetwork` where its feature
  ///   extractor is not that of `model`, `notWritten`. `path` is then as it was.
  @discardableResult
  public static func write(_ model: Model, onto original: String, to path: String) throws -> Rewriting {
    let stored = try KerasFile.interpret(original, inputSize: nil).found.weights
    let rewriting: Rewriting
    do {
      rewriting = try compare(model, with: stored)
    } catch {
      throw KerasFileError(file: original, error)
    }
    try AtomicFile.replace(path, copyOf: original) { temporaryPath in
      guard !rewriting.changed.isEmpty else { return }
      try reportingFailure(of: path) { () throws(HDF5Error) in
        try update(rewriting.changed, of: model, stored, at: temporaryPath)
      }
    }
    return rewriting
  }

  /// What became of a model's weights in a copy of another file. Both in the order of the network.
  public struct Rewriting: Sendable, Hashable {
    /// Those whose bits were different there.
    public let changed: [WeightID]
    /// Those of the classifier, for which there is no place.
    public let leftOut: [WeightID]
  }

  private static func compare(
    _ model: Model, with stored: [WeightID: StoredWeight]
  ) throws(KerasFileError.Problem) -> Rewriting {
    let storedLayers = Set(stored.keys.map(\.layer))
    let features = (try? model.graph.withoutTop().layers.map(\.name)) ?? model.graph.layers.map(\.name)
    let top = Set(model.graph.layers.map(\.name)).subtracting(features)
    var changed: [WeightID] = []
    var leftOut: [WeightID] = []
    for id in model.graph.weightIDs {
      guard let tensor = model.weights[id] else { continue }
      if top.contains(id.layer), !storedLayers.contains(id.layer) {
        leftOut.append(id)
        continue
      }
      guard let found = stored[id]?.tensor else { throw .otherNetwork("it has no weight '\(id)'") }
      guard found.shape == tensor.shape else {
        throw .otherNetwork("its weight '\(id)' has shape \(found.shape), not \(tensor.shape)")
      }
      if found != tensor { changed.append(id) }
    }
    return Rewriting(changed: changed, leftOut: leftOut)
  }

  /// The error names the file to write, not the temporary one.
  private static func reportingFailure(of path: String, _ body: () throws(HDF5Error) -> Void) throws {
    do {
      try body()
    } catch {
      let why = error.problem.description
      throw KerasFileError(file: path, .notWritten(object: error.location.path, why: why))
    }
  }

  private static func update(
    _ changed: [WeightID], of model: Model, _ stored: [WeightID: StoredWeight], at path: String
  ) throws(HDF5Error) {
    let file = try File(updating: path)
    try update(changed, of: model, stored, in: try file.root())
    try file.close()
  }

  /// Apart from `update(_:of:_:at:)` so that the group is closed before the file.
  private static func update(
    _ changed: [WeightID], of model: Model, _ stored: [WeightID: StoredWeight], in root: consuming Group
  ) throws(HDF5Error) {
    for id in changed {
      guard let place = stored[id]?.path, let tensor = model.weights[id] else { continue }
      let dataset = try root.dataset(at: String(place.dropFirst()))
      try tensor.bytes.withUnsafeBytes { (bytes) throws(HDF5Error) in try dataset.write(bytes) }
    }
  }

  private static func create(_ model: Model, at path: String) throws(HDF5Error) {
    let file = try File(creating: path)
    try fill(try file.root(), with: model)
    try file.close()
  }

  private static func fill(_ root: consuming Group, with model: Model) throws(HDF5Error) {
    try root.setText("keras_version", to: kerasVersion)
    try root.setText("backend", to: "tensorflow")
    try root.setText("model_config", to: NeutralConfiguration.text(for: model.graph))
    let weights = try root.createGroup("model_weights")
    try weights.setText("keras_version", to: kerasVersion)
    try weights.setText("backend", to: "tensorflow")
    try weights.setTexts("layer_names", to: model.graph.layers.map(\.name))
    for position in model.graph.layers.indices { try write(position, of: model, to: weights) }
  }

  private static func write(_ position: Int, of model: Model, to weights: borrowing Group) throws(HDF5Error) {
    let layer = model.graph.layers[position].name
    let group = try weights.createGroup(layer)
    let ids = model.graph.weightSpecs[position].map { WeightID(layer: layer, name: $0.name) }
    try group.setTexts("weight_names", to: ids.map { "\($0):0" })
    for id in ids {
      guard let tensor = model.weights[id] else { continue }
      try tensor.bytes.withUnsafeBytes { (bytes) throws(HDF5Error) in
        try group.createDataset(at: "\(id):0", shape: tensor.shape, elements: bytes)
      }
    }
  }
}
