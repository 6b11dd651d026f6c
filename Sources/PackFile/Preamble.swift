/// The files whose first bytes are laid out as a pack's: FORMAT.md and DELTA.md.
struct FileKind {
  let magic: [UInt8]
  let version: UInt32
  /// The features that this reader knows, a bit each.
  let features: UInt32

  static let pack = FileKind(
    magic: Format.magic, version: Format.version, features: Features.known.rawValue)
}

/// The first bytes of a file: what it is, and how long it and its header are.
struct Preamble {
  let features: UInt32
  /// Of the whole file.
  let length: UInt64
  /// Where the header ends that begins behind the preamble.
  let headerEnd: Int

  /// - Parameters:
  ///   - bytes: The file, or its beginning up to the header's end.
  ///   - isWhole: Whether they are the file, so that its length must be theirs.
  init(_ bytes: UnsafeRawBufferPointer, of kind: FileKind, isWhole: Bool) throws(PackViolation) {
    guard bytes.count >= Format.preambleLength else { throw .tooShort(length: bytes.count) }
    guard bytes.starts(with: kind.magic) else { throw .wrongMagic }
    var reader = HeaderReader(bytes, from: kind.magic.count)
    let version: UInt32 = try reader.integer()
    guard version == kind.version else { throw .unsupportedVersion(version) }
    features = try reader.integer()
    guard features & ~kind.features == 0 else { throw .unknownFeatures(features) }
    length = try reader.integer()
    guard length == bytes.count || !isWhole else { throw .wrongLength(stored: length, found: bytes.count) }
    let headerLength = try reader.size()
    guard headerLength <= min(Format.maximumHeader, bytes.count - Format.preambleLength) else {
      throw .wrongHeaderLength(headerLength)
    }
    let stored: UInt32 = try reader.integer()
    headerEnd = Format.preambleLength + headerLength
    var checksum = Checksum()
    checksum.update(UnsafeRawBufferPointer(rebasing: bytes[..<Format.checkedPreamble]))
    checksum.update(UnsafeRawBufferPointer(rebasing: bytes[Format.preambleLength..<headerEnd]))
    guard stored == checksum.value else { throw .headerChecksum(stored: stored, computed: checksum.value) }
  }

  /// The preamble and the header of a file of `length` bytes.
  static func front(
    of kind: FileKind, features: UInt32, length: UInt64, header: [UInt8]
  ) throws(PackViolation) -> [UInt8] {
    guard header.count <= Format.maximumHeader else { throw .wrongHeaderLength(header.count) }
    var preamble = HeaderWriter()
    for byte in kind.magic { preamble.integer(byte) }
    preamble.integer(kind.version)
    preamble.integer(features)
    preamble.integer(length)
    preamble.integer(UInt32(header.count))
    var checksum = Checksum()
    preamble.bytes.withUnsafeBytes { checksum.update($0) }
    header.withUnsafeBytes { checksum.update($0) }
    preamble.integer(checksum.value)
    return preamble.bytes + header
  }
}
