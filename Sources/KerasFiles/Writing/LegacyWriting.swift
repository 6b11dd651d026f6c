internal import HDF5
internal import ModelGraph

/// Makes legacy HDF5, which Keras 2 and Keras 3 load.
enum LegacyWriting {
  /// What the file says that it is from: anything but "1" makes Keras 2 and Keras 3 read it the same way.
  private static let kerasVersion = "2.15.0"

  static func wholeModel(_ model: Model, name: String) throws(HDF5Error) -> [UInt8] {
    let file = try File(creatingImageFor: name)
    try fill(try file.root(), with: model)
    return try file.finishedImage()
  }

  static func weightsAlone(_ model: Model, name: String) throws(HDF5Error) -> [UInt8] {
    let file = try File(creatingImageFor: name)
    try writeWeights(of: model, to: try file.root())
    return try file.finishedImage()
  }

  /// Apart from `wholeModel` so that the group is closed before the file.
  private static func fill(_ root: consuming Group, with model: Model) throws(HDF5Error) {
    try root.setText("keras_version", to: kerasVersion)
    try root.setText("backend", to: "tensorflow")
    try root.setText("model_config", to: NeutralConfiguration.legacyText(for: model))
    try writeWeights(of: model, to: try root.createGroup("model_weights"))
  }

  private static func writeWeights(of model: Model, to weights: consuming Group) throws(HDF5Error) {
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
      guard let tensor = model.weights[id].map(loadable) else { continue }
      try tensor.bytes.withUnsafeBytes { (bytes) throws(HDF5Error) in
        try group.createDataset(
          at: "\(id):0", shape: tensor.shape, type: tensor.dtype.datatype, elements: bytes)
      }
    }
  }

  /// No Keras loads `bfloat16` from legacy HDF5, its own files not excepted; from `float32` the variable gets the
  /// same bits.
  private static func loadable(_ tensor: Tensor) -> Tensor {
    tensor.dtype == .bfloat16 ? tensor.float32 : tensor
  }
}
