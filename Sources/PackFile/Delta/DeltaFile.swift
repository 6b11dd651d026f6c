import ModelGraph
import SystemFiles

/// Deltas as files; DELTA.md beside this code specifies every byte.
public enum DeltaFile {
  static let kind = FileKind(
    magic: [0x89, 0x4D, 0x4C, 0x44, 0x0D, 0x0A, 0x1A, 0x0A], version: 1, features: 0)

  /// Reads a delta, checking every rule of the format that concerns it alone.
  ///
  /// - Throws: `DeltaError` for a file that is no delta, is damaged, or needs a newer mlpack; `FileError` where it
  ///   cannot be read.
  public static func read(_ path: String) throws -> Delta {
    let file = try MappedFile(path: path)
    return try file.withUnsafeBytes { (bytes) throws(DeltaError) in
      try read(bytes, keptAliveBy: file, name: path)
    }
  }

  /// Reads a delta from memory, of which it makes one copy. `name` stands for the file in errors.
  public static func decode(_ bytes: [UInt8], name: String = "memory") throws(DeltaError) -> Delta {
    let copy = TensorBytes(count: bytes.count) { target in
      bytes.withUnsafeBytes { target.copyMemory(from: $0) }
    }
    return try copy.withUnsafeBytes { (bytes) throws(DeltaError) in
      try read(bytes, keptAliveBy: copy, name: name)
    }
  }

  private static func read(
    _ bytes: UnsafeRawBufferPointer, keptAliveBy owner: AnyObject, name: String
  ) throws(DeltaError) -> Delta {
    do throws(DeltaViolation) {
      return try DeltaReader(name: name, bytes: bytes, owner: owner).read()
    } catch {
      throw DeltaError(file: name, violation: error)
    }
  }

  /// Writes a delta whole or not at all.
  ///
  /// - Returns: The size of the file.
  /// - Throws: `DeltaError` where the format cannot hold it; `FileError` where the file cannot be written.
  @discardableResult
  public static func write(_ delta: Delta, to path: String) throws -> Int {
    let front = try front(of: delta)
    var count = 0
    try AtomicFile.write(to: path) { file in
      try file.append(front)
      for payload in delta.carried {
        try payload.content.withUnsafeBytes { (bytes) throws(FileError) in try file.append(bytes) }
      }
      count = file.position
    }
    return count
  }

  /// The bytes that `write` writes.
  public static func encode(_ delta: Delta) throws(DeltaError) -> [UInt8] {
    var bytes = try front(of: delta)
    for payload in delta.carried { payload.content.withUnsafeBytes { bytes.append(contentsOf: $0) } }
    return bytes
  }

  private static func front(of delta: Delta) throws(DeltaError) -> [UInt8] {
    do throws(PackViolation) {
      return try delta.header()
    } catch {
      throw DeltaError(file: nil, violation: .field(error))
    }
  }

  /// Whether the file is there and begins as a delta does.
  public static func isDelta(_ path: String) -> Bool {
    guard let file = try? MappedFile(path: path) else { return false }
    return file.withUnsafeBytes { $0.starts(with: kind.magic) }
  }
}

extension Delta {
  /// Preamble and header of the file.
  fileprivate func header() throws(PackViolation) -> [UInt8] {
    var header = HeaderWriter()
    try header.text(baseDigest)
    try header.text(resultDigest)
    var checksum = Checksum()
    var dataCount = 0
    for payload in carried {
      payload.content.withUnsafeBytes { bytes in
        checksum.update(bytes)
        dataCount += bytes.count
      }
    }
    header.integer(checksum.value)
    try header.list(.payloads, limit: Format.maximumPayloads, carried) { (writer, payload) in
      writer.size(payload.index)
      writer.integer(payload.form.rawValue)
    }
    let bytes = header.bytes + front
    return try Preamble.front(
      of: DeltaFile.kind, features: 0, length: UInt64(Format.preambleLength + bytes.count + dataCount),
      header: bytes)
  }
}
