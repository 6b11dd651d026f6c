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
    let front = try PackFront(bytes, isWhole: true)
    try checkData(front.locations, after: front.headerEnd)
    return try pack(front)
  }

  func storedTensors() throws(PackViolation) -> [WeightID: StoredTensor] {
    let tensors = try PackFront(bytes, isWhole: true).tensors
    let stored = tensors.map { tensor in
      StoredTensor(
        type: tensor.layout.type, isCompressed: tensor.isCompressed, byteCount: tensor.location.range.count)
    }
    return Dictionary(uniqueKeysWithValues: zip(tensors.map(\.id), stored))
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

  private func pack(_ front: PackFront) throws(PackViolation) -> Pack {
    let (weights, forms) = try TensorReader(bytes: bytes, owner: owner).read(front.tensors, front.types)
    var decoded: [String: FoldCorrection] = [:]
    for correction in front.corrections {
      decoded[correction.layer] = try CorrectionCode.decode(
        slice(correction.location), count: correction.elements, steps: correction.steps,
        marks: correction.marks,
        layer: correction.layer)
    }
    do throws(GraphError) {
      return try Pack(
        graph: front.graph, mask: front.mask, weights: weights, corrections: decoded, forms: forms,
        compresses: front.compresses, labels: front.header.labels,
        preprocessing: front.header.preprocessing, provenance: front.header.provenance)
    } catch {
      // All else that a pack requires was checked above.
      throw .badNormalization(error)
    }
  }

  private func slice(_ location: PayloadLocation) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[location.range])
  }
}
