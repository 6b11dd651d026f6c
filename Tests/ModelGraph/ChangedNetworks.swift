import ModelGraph

/// Networks that differ from others in one thing.
extension Model {
  func replacing(_ id: WeightID, by tensor: Tensor) throws(GraphError) -> Model {
    try Model(graph: graph, weights: weights.merging([id: tensor]) { $1 })
  }

  func adding(_ difference: Float, to id: String, at index: Int) throws(GraphError) -> Model {
    let id = WeightID(id)
    guard let tensor = weights[id] else { throw .unknownWeight(id) }
    return try replacing(id, by: tensor.with(floats: [tensor.floats[index] + difference], at: index))
  }

  func renaming(_ rename: (String) -> String) throws(GraphError) -> Model {
    let renamed = weights.map { (WeightID(layer: rename($0.key.layer), name: $0.key.name), $0.value) }
    let layers = graph.layers.map { layer in
      Layer(
        name: rename(layer.name), operation: layer.operation, inputs: layer.inputs,
        trainable: layer.trainable)
    }
    return try Model(
      graph: Graph(name: graph.name, layers: layers), weights: Dictionary(uniqueKeysWithValues: renamed))
  }

  func freezing(_ names: Set<String>) throws(GraphError) -> Model {
    let layers = graph.layers.map { layer in
      Layer(
        name: layer.name, operation: layer.operation, inputs: layer.inputs,
        trainable: layer.trainable && !names.contains(layer.name))
    }
    return try Model(graph: Graph(name: graph.name, layers: layers), weights: weights)
  }
}

extension Graph {
  func dropping(last count: Int) throws(GraphError) -> Graph {
    try Graph(name: name, layers: layers.dropLast(count))
  }

  /// A chain of those layers alone.
  func keeping(_ names: [String]) throws(GraphError) -> Graph {
    try TestNetworks.chain(layers.filter { names.contains($0.name) }.map { ($0.name, $0.operation) })
  }

  func replacing(_ name: String, by operation: Operation) throws(GraphError) -> Graph {
    try TestNetworks.chain(layers.map { ($0.name, $0.name == name ? operation : $0.operation) })
  }
}

extension Tensor {
  /// A `float32` tensor with other numbers from element `index` on.
  func with(floats: [Float], at index: Int) -> Tensor {
    var all = self.floats
    all.replaceSubrange(index..<index + floats.count, with: floats)
    return Tensor(shape: shape, floats: all)
  }

  /// The bits of an element of a tensor with two bytes an element.
  func bits(at index: Int) -> UInt16 {
    bytes.withUnsafeBytes {
      UInt16(littleEndian: $0.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
    }
  }

  func with(bits: UInt16, at index: Int) -> Tensor {
    let changed = TensorBytes(count: bytes.count) { target in
      bytes.withUnsafeBytes { target.copyMemory(from: $0) }
      target.storeBytes(of: bits.littleEndian, toByteOffset: 2 * index, as: UInt16.self)
    }
    return Tensor(shape: shape, dtype: dtype, bytes: changed)
  }
}
