import ModelGraph

/// What a payload holds.
enum PayloadKey: Hashable {
  case tensor(WeightID)
  /// Of the folded convolution of this name.
  case correction(String)
}

/// A pack laid out as the bytes of a file.
struct PackWriter {
  /// Preamble and header.
  let front: [UInt8]
  let payloads: [Payload]

  struct Payload {
    let key: PayloadKey
    let content: PayloadContent
    let extent: Extent
  }

  var bytes: PackBytes { PackBytes(front: front, payloads: payloads.map(\.content)) }

  /// Payloads one behind the other, each aligned.
  private struct Data {
    private(set) var payloads: [Payload] = []
    private var end = 0

    mutating func append(_ content: PayloadContent, as key: PayloadKey) -> Extent {
      let extent = content.withUnsafeBytes { bytes in
        // Sums of the sizes of memory that exists.
        let offset = (end + Format.alignment - 1) / Format.alignment * Format.alignment
        end = offset + bytes.count
        return Extent(
          offset: UInt64(offset), byteCount: UInt64(bytes.count), checksum: Checksum.of(bytes))
      }
      payloads.append(Payload(key: key, content: content, extent: extent))
      return extent
    }
  }

  init(_ pack: Pack) throws(PackViolation) {
    let graph = pack.graph
    guard pack.labels.isEmpty || [pack.labels.count] == graph.outputShape else {
      throw .labelCount(labels: pack.labels.count, outputs: graph.outputShape.reduce(1, *))
    }
    let tensors = try PackWriter.tensors(of: pack)
    let types = PackWriter.types(of: pack)
    var header = HeaderWriter()
    var data = Data()
    try header.header(
      Header(
        name: graph.name, preprocessing: pack.preprocessing, provenance: pack.provenance, labels: pack.labels,
        layers: graph.layers))
    header.size(tensors.count)
    for tensor in tensors {
      try header.tensorEntry(
        TensorEntry(
          layer: tensor.layer, weight: tensor.id.name.packCode, dtype: tensor.layout.type.packCode,
          storage: tensor.storage, mask: pack.mask[tensor.id], shape: tensor.layout.shape,
          extent: data.append(tensor.content, as: .tensor(tensor.id))))
    }
    header.size(pack.corrections.count)
    for (position, layer) in graph.layers.enumerated() {
      guard let correction = pack.corrections[layer.name] else { continue }
      let code = CorrectionCode.encode(correction)
      let extent = data.append(.bytes(code.bytes), as: .correction(layer.name))
      header.correctionEntry(
        CorrectionEntry(layer: position, steps: code.steps, marks: code.marks, extent: extent))
    }
    var features: Features = []
    if !types.isEmpty || tensors.contains(where: { $0.layout.type != .float32 }) {
      features.insert(.types)
      header.size(types.count)
      for entry in types { header.typeEntry(entry) }
    }
    if tensors.contains(where: { $0.storage == StorageCode.compressed }) {
      features.insert(.compressedStorage)
    }
    payloads = data.payloads
    front = try PackWriter.front(header.bytes, payloads.last?.extent, features)
  }

  private static func front(_ header: [UInt8], _ last: Extent?, _ features: Features) throws(PackViolation)
    -> [UInt8]
  {
    let headerEnd = Format.preambleLength + header.count
    let dataStart = (headerEnd + Format.alignment - 1) / Format.alignment * Format.alignment
    let length = last.map { UInt64(dataStart) + $0.offset + $0.byteCount } ?? UInt64(headerEnd)
    return try Preamble.front(of: .pack, features: features.rawValue, length: length, header: header)
  }
}
