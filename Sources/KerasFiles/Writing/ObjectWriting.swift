internal import HDF5
internal import ModelGraph

/// Makes the layout of `.weights.h5`, as Keras from 3.6 on writes it for one flat model; tf_keras loads it too.
enum ObjectWriting {
  /// A layer's object: the group that Keras finds it by.
  struct Entry {
    /// `layers/conv2d_1/vars`
    let group: String
    let layer: String
    let weights: [WeightID]

    func byteCount(in model: Model) -> Int {
      weights.reduce(0) { $0 + (model.weights[$1]?.bytes.count ?? 0) }
    }
  }

  /// The layers with weights, in the network's order.
  static func entries(of graph: Graph) -> [Entry] {
    var counts: [String: Int] = [:]
    return graph.layers.indices.compactMap { position in
      let layer = graph.layers[position]
      let className = ObjectMatching.snakeCase(layer.operation.className)
      let number = counts[className, default: 0]
      counts[className] = number + 1
      let specs = graph.weightSpecs[position]
      guard !specs.isEmpty else { return nil }
      return Entry(
        group: "layers/\(number == 0 ? className : "\(className)_\(number)")/vars", layer: layer.name,
        weights: specs.map { WeightID(layer: layer.name, name: $0.name) })
    }
  }

  static func image(of model: Model, name: String) throws(HDF5Error) -> [UInt8] {
    try image(of: entries(of: model.graph), of: model, name: name)
  }

  /// - Parameter entries: The layers that the file is to hold.
  static func image(of entries: [Entry], of model: Model, name: String) throws(HDF5Error) -> [UInt8] {
    let file = try File(creatingImageFor: name)
    try fill(try file.root(), with: entries, of: model)
    return try file.finishedImage()
  }

  /// Apart from `image` so that the groups are closed before the file.
  private static func fill(
    _ root: consuming Group, with entries: [Entry], of model: Model
  ) throws(HDF5Error) {
    // Keras 2 asks for the variables of the model itself, of which there are none.
    try root.createGroup("vars").setText("name", to: model.graph.name)
    let layers = try root.createGroup("layers")
    for entry in entries {
      let path = entry.group.split(separator: "/")
      let variables = try layers.createGroup(String(path[1])).createGroup(String(path[2]))
      try variables.setText("name", to: entry.layer)
      for (number, id) in entry.weights.enumerated() {
        guard let tensor = model.weights[id] else { continue }
        try tensor.bytes.withUnsafeBytes { (bytes) throws(HDF5Error) in
          try variables.createDataset(
            at: "\(number)", shape: tensor.shape, type: tensor.dtype.datatype, elements: bytes,
            mark: tensor.dtype == .bfloat16 ? ("dtype", tensor.dtype.rawValue) : nil)
        }
      }
    }
  }
}
