import ModelGraph

/// A payload's bytes: those of a tensor in memory, or others made of it.
enum PayloadContent: Sendable {
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

/// A payload with its size and checksum.
struct SummedContent: Sendable {
  let content: PayloadContent
  let byteCount: Int
  let checksum: UInt32

  private init(_ content: PayloadContent) {
    self.content = content
    (byteCount, checksum) = content.withUnsafeBytes { ($0.count, Checksum.of($0)) }
  }

  /// Sums all on all cores.
  static func all(_ contents: [PayloadContent]) -> [SummedContent] {
    Parallel.map(contents.count) { SummedContent(contents[$0]) }
  }
}

/// The correction of a folded kernel as it is going to be stored.
struct WrittenCorrection: Sendable {
  /// Position of its layer.
  let layer: Int
  let steps: Int
  let marks: Int
  let content: PayloadContent
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
    var rest = Format.maximumInflated
    for (index, bytes) in compressed.enumerated() {
      guard let bytes else { continue }
      guard payloads[index].count <= rest else { throw .inflatesTooFar(tensors[index].id) }
      rest -= payloads[index].count
      tensors[index].storage = StorageCode.compressed
      tensors[index].content = .bytes(bytes)
    }
    return tensors
  }

  /// Every correction of the pack, in the network's order; encoded on all cores.
  static func corrections(of pack: Pack) -> [WrittenCorrection] {
    let found = pack.graph.layers.enumerated().compactMap { position, layer in
      pack.corrections[layer.name].map { (position: position, correction: $0) }
    }
    return Parallel.map(found.count) { index in
      let code = CorrectionCode.encode(found[index].correction)
      return WrittenCorrection(
        layer: found[index].position, steps: code.steps, marks: code.marks, content: .bytes(code.bytes))
    }
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
