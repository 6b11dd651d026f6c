public import ModelGraph
import SystemFiles

/// Packs as files; FORMAT.md beside this code specifies every byte.
///
/// One pack has one encoding: what `read` accepts, `write` writes back byte for byte.
public enum PackFile {
  /// Reads a pack, checking every rule of the format and every checksum.
  ///
  /// The tensors are views of the mapped file, which stays mapped as long as one of them lives.
  ///
  /// - Throws: `PackError` for a file that is no pack, is damaged, or needs a newer mlpack; `FileError` where it
  ///   cannot be read.
  public static func read(_ path: String) throws -> Pack {
    let file = try MappedFile(path: path)
    return try file.withUnsafeBytes { (bytes) throws(PackError) in
      try read(bytes, keptAliveBy: file, name: path)
    }
  }

  /// Reads a pack from memory, of which it makes one copy. `name` stands for the file in errors.
  public static func decode(_ bytes: [UInt8], name: String = "memory") throws(PackError) -> Pack {
    let copy = TensorBytes(count: bytes.count) { target in
      bytes.withUnsafeBytes { target.copyMemory(from: $0) }
    }
    return try copy.withUnsafeBytes { (bytes) throws(PackError) in
      try read(bytes, keptAliveBy: copy, name: name)
    }
  }

  /// How a pack keeps each of its tensors: what its header says, without a look at the data.
  ///
  /// - Throws: As `read`.
  public static func storedTensors(_ path: String) throws -> [WeightID: StoredTensor] {
    let file = try MappedFile(path: path)
    return try file.withUnsafeBytes { (bytes) throws(PackError) in
      do throws(PackViolation) {
        return try PackReader(bytes, keptAliveBy: file).storedTensors()
      } catch {
        throw PackError(file: path, violation: error)
      }
    }
  }

  static func read(
    _ bytes: UnsafeRawBufferPointer, keptAliveBy owner: AnyObject, name: String?
  ) throws(PackError) -> Pack {
    do throws(PackViolation) {
      return try PackReader(bytes, keptAliveBy: owner).read()
    } catch {
      throw PackError(file: name, violation: error)
    }
  }

  /// Writes a pack whole or not at all; what this reader would refuse does not get its name.
  ///
  /// - Returns: The size of the file.
  /// - Throws: `PackError` where the format cannot hold it; `FileError` where the file cannot be written.
  @discardableResult
  public static func write(_ pack: Pack, to path: String) throws -> Int {
    let layout = try layOut(pack)
    var count = 0
    try AtomicFile.write(to: path, check: check) { file in
      try layout.emit { (bytes) throws(FileError) in try file.append(bytes) }
      count = file.position
    }
    return count
  }

  /// Reads a pack that has just been written and has no name yet.
  private static func check(_ file: MappedFile) throws {
    _ = try file.withUnsafeBytes { (bytes) throws(PackError) in
      try read(bytes, keptAliveBy: file, name: nil)
    }
  }

  /// The bytes that `write` writes.
  public static func encode(_ pack: Pack) throws(PackError) -> [UInt8] {
    var bytes: [UInt8] = []
    try layOut(pack).emit { bytes.append(contentsOf: $0) }
    return bytes
  }

  private static func layOut(_ pack: Pack) throws(PackError) -> PackBytes {
    do throws(PackViolation) {
      return try PackWriter(pack).bytes
    } catch {
      throw PackError(file: nil, violation: error)
    }
  }

  /// Whether the file is there and begins as a pack does.
  public static func isPack(_ path: String) -> Bool {
    guard let file = try? MappedFile(path: path) else { return false }
    return file.withUnsafeBytes { $0.starts(with: Format.magic) }
  }
}
