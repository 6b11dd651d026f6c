import ModelGraph

/// A payload's bytes: those of a tensor in memory, or others made of it.
enum PayloadContent {
  case tensor(TensorBytes)
  case bytes([UInt8])

  func withUnsafeBytes<Result, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> Result
  ) throws(E) -> Result {
    switch self {
    case .tensor(let tensor): try tensor.withUnsafeBytes(body)
    case .bytes(let bytes):
      try bytes.withUnsafeBufferPointer { (bytes) throws(E) in try body(UnsafeRawBufferPointer(bytes)) }
    }
  }
}

/// A tensor as it is going to be stored.
struct WrittenTensor {
  let id: WeightID
  /// Position of its layer.
  let layer: Int
  let layout: PayloadLayout
  var storage = StorageCode.raw
  var content: PayloadContent
}

extension PackWriter {
  /// Every weight of the pack, in the network's order.
  static func tensors(of pack: Pack) throws(PackViolation) -> [WrittenTensor] {
    let graph = pack.graph
    var payloads: [TensorBytes] = []
    var tensors: [WrittenTensor] = []
    for (position, layer) in graph.layers.enumerated() {
      for spec in graph.weightSpecs[position] {
        let id = WeightID(layer: layer.name, name: spec.name)
        // A pack has every weight of its graph.
        guard let payload = PayloadCode.encode(id, of: pack) else { continue }
        payloads.append(payload)
        tensors.append(
          WrittenTensor(
            id: id, layer: position, layout: PayloadLayout(pack.elementType(of: id), spec),
            content: .tensor(payload)))
      }
    }
    guard pack.compresses else { return tensors }
    let compressed = BlockCompression.compress(
      zip(payloads, tensors).map { ($0, $1.layout.width) })
    for (index, bytes) in compressed.enumerated() {
      guard let bytes else { continue }
      tensors[index].storage = StorageCode.compressed
      tensors[index].content = .bytes(bytes)
    }
    return tensors
  }

  /// Of every weight whose Keras variable is not `float32`, or not exactly what the pack holds.
  static func types(of pack: Pack) -> [TypeEntry] {
    pack.graph.weightIDs.enumerated().compactMap { index, id in
      let entry = TypeEntry(
        tensor: index, variable: pack.variableTypes[id] ?? .float32, error: pack.approximations[id])
      return entry.variable == .float32 && entry.error == nil ? nil : entry
    }
  }
}
