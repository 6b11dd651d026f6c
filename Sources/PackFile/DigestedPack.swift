public import ModelGraph
import SystemFiles

/// A pack, and the digest of the bytes that it was read from.
public struct DigestedPack: Sendable {
  public let pack: Pack
  /// SHA-256 in lower-case hexadecimal.
  public let digest: String
  /// The file, for errors.
  let file: String

  /// Reads a pack.
  ///
  /// - Throws: As `PackFile.read`.
  public init(reading path: String) throws {
    let mapped = try MappedFile(path: path, readsAll: true)
    self = try mapped.withUnsafeBytes { (bytes) throws(PackError) in
      try DigestedPack(bytes, keptAliveBy: mapped, file: path)
    }
  }

  /// Reads a pack from memory. `name` stands for the file in errors.
  ///
  /// - Throws: As `PackFile.decode`.
  public init(decoding bytes: [UInt8], name: String = "memory") throws(PackError) {
    let copy = TensorBytes(count: bytes.count) { target in
      bytes.withUnsafeBytes { target.copyMemory(from: $0) }
    }
    self = try copy.withUnsafeBytes { (bytes) throws(PackError) in
      try DigestedPack(bytes, keptAliveBy: copy, file: name)
    }
  }

  private init(_ bytes: UnsafeRawBufferPointer, keptAliveBy owner: AnyObject, file: String) throws(PackError)
  {
    pack = try PackFile.read(bytes, keptAliveBy: owner, name: file)
    var digest = Digest()
    digest.update(bytes)
    self.digest = digest.hex()
    self.file = file
  }
}
