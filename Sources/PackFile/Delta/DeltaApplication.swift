public import ModelGraph
import SystemFiles

extension Delta {
  /// The bytes of the pack that this delta makes of `base`; those of the pack that it was made for, or an error.
  ///
  /// - Throws: `DeltaError` where `base` is not the pack that the delta is for, or the two do not give the pack that
  ///   they should; `GraphError` where the base's corrections do not belong to its kernels.
  public func applied(to base: DigestedPack) throws -> TensorBytes {
    guard base.digest == baseDigest else {
      throw blamed(.otherBase(base.file, expected: baseDigest, found: base.digest))
    }
    let derived = try DerivedPack(base.pack, like: graph, mask, compresses: pack.compresses)
    let result = PackBytes(front: front, payloads: try payloads(derived))
    let bytes = result.joined
    do throws(PackViolation) {
      _ = try bytes.withUnsafeBytes { (raw) throws(PackViolation) in
        try PackReader(raw, keptAliveBy: bytes).read()
      }
    } catch {
      throw blamed(.result(error))
    }
    guard result.digest == resultDigest else {
      throw blamed(.otherResult(expected: resultDigest, found: result.digest))
    }
    return bytes
  }

  private func blamed(_ violation: DeltaViolation) -> DeltaError {
    DeltaError(file: file, violation: violation)
  }

  /// Every payload of the pack: what the delta carries, and what the base gives.
  private func payloads(_ derived: DerivedPack) throws(DeltaError) -> [PayloadContent] {
    var rest = carried[...]
    var payloads: [PayloadContent] = []
    for (index, (key, location)) in zip(pack.keys, pack.locations).enumerated() {
      let isCarried = rest.first?.index == index
      let payload = isCarried ? payload(rest.removeFirst(), derived) : derived.payload(key)
      guard let payload else { throw blamed(.missingPayload(location.name)) }
      payloads.append(payload)
    }
    return payloads
  }

  private func payload(_ carried: CarriedPayload, _ derived: DerivedPack) -> PayloadContent? {
    guard carried.form != .whole else { return carried.content }
    let location = pack.tensors[carried.index]
    let tensor = CarriedCode.decode(
      carried.content, as: carried.form, of: location, onto: derived.weight(location.id))
    return tensor.map { tensor in
      let compressed =
        location.isCompressed ? BlockCompression.compress([(tensor.bytes, location.layout.width)])[0] : nil
      return compressed.map(PayloadContent.bytes) ?? .tensor(tensor.bytes)
    }
  }
}

extension PackFront {
  /// What each payload holds, in their order.
  fileprivate var keys: [PayloadKey] {
    tensors.map { .tensor($0.id) } + corrections.map { .correction($0.layer) }
  }
}

extension PackBytes {
  /// The whole file.
  fileprivate var joined: TensorBytes {
    TensorBytes(count: count) { target in
      var end = 0
      emit { piece in
        UnsafeMutableRawBufferPointer(rebasing: target[end..<end + piece.count]).copyMemory(from: piece)
        end += piece.count
      }
    }
  }
}
