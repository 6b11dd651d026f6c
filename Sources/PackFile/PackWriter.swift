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

    mutating func append(_ summed: SummedContent, as key: PayloadKey) -> Extent {
      // Sums of the sizes of memory that exists.
      let offset = (end + Format.alignment - 1) / Format.alignment * Format.alignment
      end = offset + summed.byteCount
      let extent = Extent(
        offset: UInt64(offset), byteCount: UInt64(summed.byteCount), checksum: summed.checksum)
      payloads.append(Payload(key: key, content: summed.content, extent: extent))
      return extent
    }
  }

  init(_ pack: Pack) throws(PackViolation) {
    let graph = pack.graph
    guard pack.labels.isEmpty || [pack.labels.count] == graph.outputShape else {
      throw .labelCount(labels: pack.labels.count, outputs: graph.outputShape.reduce(1, *))
    }
    let tensors = try PackWriter.tensors(of: pack)
    let corrections = PackWriter.corrections(of: pack)
    let types = PackWriter.types(of: pack)
    let contents = SummedContent.all(tensors.map(\.content) + corrections.map(\.content))
    var header = HeaderWriter()
    var data = Data()
    try header.header(
      Header(
        name: graph.name, preprocessing: pack.preprocessing, provenance: pack.provenance, labels: pack.labels,
        layers: graph.layers))
    header.size(tensors.count)
    for (tensor, content) in zip(tensors, contents) {
      try header.tensorEntry(
        TensorEntry(
          layer: tensor.layer, weight: tensor.id.name.packCode, dtype: tensor.layout.type.packCode,
          storage: tensor.storage, mask: pack.mask[tensor.id], shape: tensor.layout.shape,
          extent: data.append(content, as: .tensor(tensor.id))))
    }
    header.size(corrections.count)
    for (correction, content) in zip(corrections, contents[tensors.count...]) {
      header.correctionEntry(
        CorrectionEntry(
          layer: correction.layer, steps: correction.steps, marks: correction.marks,
          extent: data.append(content, as: .correction(graph.layers[correction.layer].name))))
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
