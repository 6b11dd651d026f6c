import ModelGraph

/// Reads a delta out of memory, checking every rule of DELTA.md that concerns it alone; payloads stay where they are.
struct DeltaReader {
  let name: String
  /// The whole file.
  let bytes: UnsafeRawBufferPointer
  /// What keeps `bytes` alive.
  let owner: AnyObject

  /// A payload as the header lists it.
  private struct Entry {
    let index: Int
    let form: CarriedForm
  }

  /// What the header says before the pack's own.
  private struct Fields {
    let baseDigest: String
    let resultDigest: String
    let checksum: UInt32
    let entries: [Entry]
    /// Where the pack's preamble begins.
    let end: Int
  }

  func read() throws(DeltaViolation) -> Delta {
    let headerEnd: Int
    let fields: Fields
    do throws(PackViolation) {
      headerEnd = try Preamble(bytes, of: DeltaFile.kind, isWhole: true).headerEnd
      fields = try self.fields(until: headerEnd)
    } catch {
      throw .field(error)
    }
    let front = Array(bytes[fields.end..<headerEnd])
    let pack = try PackFront(ofDelta: front)
    let ranges = try locate(fields.entries, in: pack, from: headerEnd)
    let computed = Checksum.of(UnsafeRawBufferPointer(rebasing: bytes[headerEnd...]))
    guard computed == fields.checksum else {
      throw .dataChecksum(stored: fields.checksum, computed: computed)
    }
    let carried = zip(fields.entries, ranges).map { entry, range in
      CarriedPayload(index: entry.index, form: entry.form, content: content(range))
    }
    return Delta(
      file: name, baseDigest: fields.baseDigest, resultDigest: fields.resultDigest, front: front, pack: pack,
      carried: carried)
  }

  private func fields(until headerEnd: Int) throws(PackViolation) -> Fields {
    var reader = HeaderReader(
      UnsafeRawBufferPointer(rebasing: bytes[..<headerEnd]), from: Format.preambleLength)
    let digests = [try reader.text(), try reader.text()]
    for digest in digests where !Text.isDigest(digest) { throw .badDigest(digest) }
    return Fields(
      baseDigest: digests[0], resultDigest: digests[1], checksum: try reader.integer(),
      entries: try reader.list(.payloads, limit: Format.maximumPayloads) { (reader) throws(PackViolation) in
        Entry(index: try reader.size(), form: try reader.code(.form, CarriedForm.init(rawValue:)))
      },
      end: reader.offset)
  }

  /// Where each of `entries` lies: one behind the other, from `start` to the end of the file.
  private func locate(
    _ entries: [Entry], in pack: PackFront, from start: Int
  ) throws(DeltaViolation) -> [Range<Int>] {
    let locations = pack.locations
    var next = 0
    var end = start
    var ranges: [Range<Int>] = []
    for (position, entry) in entries.enumerated() {
      guard entry.index >= next, entry.index < locations.count else {
        throw .badEntry(position, index: entry.index, payloads: locations.count)
      }
      next = entry.index + 1
      let tensor = entry.index < pack.tensors.count ? pack.tensors[entry.index] : nil
      guard tensor?.allows(entry.form) ?? (entry.form == .whole) else {
        throw .badForm(payload: locations[entry.index].name)
      }
      let count = tensor?.byteCount(of: entry.form) ?? locations[entry.index].range.count
      guard let upper = Checked.sum(end, count), upper <= bytes.count else {
        throw .dataEndsEarly(payload: locations[entry.index].name)
      }
      ranges.append(end..<upper)
      end = upper
    }
    guard end == bytes.count else { throw .dataContinues(at: end) }
    return ranges
  }

  private func content(_ range: Range<Int>) -> PayloadContent {
    guard !range.isEmpty else { return .bytes([]) }
    return .tensor(TensorBytes(UnsafeRawBufferPointer(rebasing: bytes[range]), keptAliveBy: owner))
  }
}

extension PackFront {
  /// Reads the preamble and the header of the pack that a delta gives.
  init(ofDelta front: [UInt8]) throws(DeltaViolation) {
    do throws(PackViolation) {
      self = try front.withUnsafeBufferPointer { (bytes) throws(PackViolation) in
        try PackFront(UnsafeRawBufferPointer(bytes), isWhole: false)
      }
    } catch {
      throw .pack(error)
    }
    guard headerEnd == front.count else { throw .frontContinues(extra: front.count - headerEnd) }
  }
}
