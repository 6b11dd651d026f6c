import Crypto

/// SHA-256, fed piece by piece.
public struct Digest: Sendable {
  private var hasher = SHA256()

  public init() {}

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    hasher.update(bufferPointer: bytes)
  }

  public mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
  }

  /// The digest of all bytes so far: 64 lower-case hexadecimal digits.
  public func hex() -> String {
    let digits = Array("0123456789abcdef")
    return String(hasher.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  /// The digest of a file's bytes.
  public static func sha256(path: String) throws(FileError) -> String {
    let file = try MappedFile(path: path, readsAll: true)
    var digest = Digest()
    file.withUnsafeBytes { digest.update($0) }
    return digest.hex()
  }
}
