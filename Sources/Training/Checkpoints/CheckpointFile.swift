import FoundationEssentials
import ModelGraph
import SystemFiles

/// A checkpoint on disk: 8 letters, the length of a JSON document, the document, the tensors that it lists as
/// little-endian floats one after another, and the SHA-256 of all that in hexadecimal.
///
/// It is written whole or not at all, and read only as a whole.
public enum CheckpointFile {
  private static let magic = Array("MLPKCKP1".utf8)

  /// - Throws: `FileError` of kind `cannotWrite`.
  public static func write(_ checkpoint: Checkpoint, to path: String) throws {
    let (contents, tensors) = CheckpointContents.listing(checkpoint)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.nonConformingFloatEncodingStrategy = .words
    let document = try encoder.encode(contents)
    var digest = Digest()
    try AtomicFile.write(to: path) { writer in
      func append(_ bytes: UnsafeRawBufferPointer, _ writer: inout FileWriter) throws {
        digest.update(bytes)
        try writer.append(bytes)
      }
      try magic.withUnsafeBytes { try append($0, &writer) }
      try withUnsafeBytes(of: UInt64(document.count).littleEndian) { try append($0, &writer) }
      try document.withUnsafeBytes { try append($0, &writer) }
      for tensor in tensors { try tensor.bytes.withUnsafeBytes { try append($0, &writer) } }
      try writer.append(Array(digest.hex().utf8))
    }
  }

  /// - Returns: nil where there is no such file.
  /// - Throws: ``TrainingError/badCheckpoint(_:why:)``, or `FileError`.
  public static func read(_ path: String) throws -> Checkpoint? {
    let file: MappedFile
    do {
      file = try MappedFile(path: path, readsAll: true)
    } catch {
      if error.kind == .notFound { return nil }
      throw error
    }
    let decoded: Checkpoint? = file.withUnsafeBytes { bytes in (try? decode(bytes)) ?? nil }
    guard let decoded else {
      throw TrainingError.badCheckpoint(path, why: "is damaged or no checkpoint of this mlpack")
    }
    return decoded
  }

  /// - Returns: nil where anything is not as it should be.
  private static func decode(_ bytes: UnsafeRawBufferPointer) throws -> Checkpoint? {
    let front = magic.count + 8
    let digestLength = 64
    guard bytes.count >= front + digestLength else { return nil }
    let body = UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - digestLength)])
    var digest = Digest()
    digest.update(body)
    guard Array(digest.hex().utf8) == Array(bytes[body.count...]), Array(body[..<magic.count]) == magic else {
      return nil
    }
    let stored = UInt64(littleEndian: body.loadUnaligned(fromByteOffset: magic.count, as: UInt64.self))
    guard let length = Int(exactly: stored), length <= body.count - front else { return nil }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .words
    let contents = try decoder.decode(CheckpointContents.self, from: Data(body[front..<front + length]))
    return contents.checkpoint(UnsafeRawBufferPointer(rebasing: body[(front + length)...]))
  }

  /// - Throws: `FileError` where it is there and cannot be removed.
  public static func remove(_ path: String) throws { try AtomicFile.remove(path) }
}

extension JSONEncoder.NonConformingFloatEncodingStrategy {
  fileprivate static let words = convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
}

extension JSONDecoder.NonConformingFloatDecodingStrategy {
  fileprivate static let words = convertFromString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
}
