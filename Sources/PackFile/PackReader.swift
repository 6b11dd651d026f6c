import ModelGraph

/// Reads a pack out of memory, checking every rule of FORMAT.md; tensors stay where they are.
struct PackReader {
  /// The whole file.
  private let bytes: UnsafeRawBufferPointer
  /// What keeps `bytes` alive.
  private let owner: AnyObject

  init(_ bytes: UnsafeRawBufferPointer, keptAliveBy owner: AnyObject) {
    self.bytes = bytes
    self.owner = owner
  }

  func read() throws(PackViolation) -> Pack {
    let (features, headerEnd) = try checkPreamble()
    var reader = HeaderReader(
      UnsafeRawBufferPointer(rebasing: bytes[..<headerEnd]), from: Format.preambleLength)
    let header = try reader.header()
    let graph = try graph(of: header)
    let directory = Directory(graph, fileLength: bytes.count, headerEnd: headerEnd)
    let tensors = try directory.tensors(&reader)
    let mask = Directory.mask(tensors)
    let corrections = try directory.corrections(&reader, tensors, under: mask)
    let types = features.contains(.types) ? try reader.typeEntries(of: tensors.count) : []
    try reader.finish()
    try Directory.check(types, of: tensors, features)
    try checkData(tensors.map(\.location) + corrections.map(\.location), after: headerEnd)
    return try pack(header, graph, mask, tensors, corrections, types)
  }

  func storedTensors() throws(PackViolation) -> [WeightID: StoredTensor] {
    let headerEnd = try checkPreamble().headerEnd
    var reader = HeaderReader(
      UnsafeRawBufferPointer(rebasing: bytes[..<headerEnd]), from: Format.preambleLength)
    let graph = try graph(of: try reader.header())
    let tensors = try Directory(graph, fileLength: bytes.count, headerEnd: headerEnd).tensors(&reader)
    let stored = tensors.map { tensor in
      StoredTensor(
        type: tensor.layout.type, isCompressed: tensor.isCompressed, byteCount: tensor.location.range.count)
    }
    return Dictionary(uniqueKeysWithValues: zip(tensors.map(\.id), stored))
  }

  private func checkPreamble() throws(PackViolation) -> (features: Features, headerEnd: Int) {
    guard bytes.count >= Format.preambleLength else { throw .tooShort(length: bytes.count) }
    guard bytes.starts(with: Format.magic) else { throw .wrongMagic }
    var reader = HeaderReader(bytes, from: Format.magic.count)
    let version: UInt32 = try reader.integer()
    guard version == Format.version else { throw .unsupportedVersion(version) }
    let features = Features(rawValue: try reader.integer())
    guard Features.known.isSuperset(of: features) else { throw .unknownFeatures(features.rawValue) }
    let length: UInt64 = try reader.integer()
    guard length == bytes.count else { throw .wrongLength(stored: length, found: bytes.count) }
    let headerLength = try reader.size()
    guard headerLength <= min(Format.maximumHeader, bytes.count - Format.preambleLength) else {
      throw .wrongHeaderLength(headerLength)
    }
    let stored: UInt32 = try reader.integer()
    let headerEnd = Format.preambleLength + headerLength
    var checksum = Checksum()
    checksum.update(UnsafeRawBufferPointer(rebasing: bytes[..<Format.checkedPreamble]))
    checksum.update(UnsafeRawBufferPointer(rebasing: bytes[Format.preambleLength..<headerEnd]))
    guard stored == checksum.value else { throw .headerChecksum(stored: stored, computed: checksum.value) }
    return (features, headerEnd)
  }

  private func graph(of header: Header) throws(PackViolation) -> Graph {
    let graph: Graph
    do throws(GraphError) {
      graph = try Graph(name: header.name, layers: header.layers)
    } catch {
      throw .badNetwork(error)
    }
    guard header.labels.isEmpty || [header.labels.count] == graph.outputShape else {
      throw .labelCount(labels: header.labels.count, outputs: graph.outputShape.reduce(1, *))
    }
    return graph
  }

  /// That the payloads are what was written, and that there is nothing but zeros between and nothing behind.
  private func checkData(_ locations: [PayloadLocation], after headerEnd: Int) throws(PackViolation) {
    var end = headerEnd
    for location in locations {
      if let stray = bytes[end..<location.range.lowerBound].firstIndex(where: { $0 != 0 }) {
        throw .paddingNotZero(at: stray)
      }
      end = location.range.upperBound
    }
    guard end == bytes.count else { throw .dataAfterPayloads(at: end) }
    for location in locations {
      let computed = Checksum.of(slice(location))
      guard computed == location.checksum else {
        throw .payloadChecksum(payload: location.name, stored: location.checksum, computed: computed)
      }
    }
  }

  private func pack(
    _ header: Header, _ graph: Graph, _ mask: FreezeMask, _ tensors: [TensorLocation],
    _ corrections: [CorrectionLocation], _ types: [TypeEntry]
  ) throws(PackViolation) -> Pack {
    let (weights, forms) = try TensorReader(bytes: bytes, owner: owner).read(tensors, types)
    var decoded: [String: FoldCorrection] = [:]
    for correction in corrections {
      decoded[correction.layer] = try CorrectionCode.decode(
        slice(correction.location), count: correction.elements, steps: correction.steps,
        marks: correction.marks,
        layer: correction.layer)
    }
    do throws(GraphError) {
      return try Pack(
        graph: graph, mask: mask, weights: weights, corrections: decoded, forms: forms,
        compresses: tensors.contains(where: \.isCompressed), labels: header.labels,
        preprocessing: header.preprocessing, provenance: header.provenance)
    } catch {
      // All else that a pack requires was checked above.
      throw .badNormalization(error)
    }
  }

  private func slice(_ location: PayloadLocation) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[location.range])
  }
}
