import ModelGraph
import SystemFiles

/// A digest of many bytes that all cores compute: the SHA-256 of the SHA-256s, in hexadecimal, of key and head and
/// of each piece behind it.
struct SealedPieces {
  /// Digits of the digest.
  static let digestLength = 64
  private static let pieceBytes = 1 << 16
  /// Pieces that are looked at together: no more memory than a megabyte.
  private static let together = 16

  private var total = Digest()

  /// - Parameters:
  ///   - key: What the bytes are found by, so that they are no other key's.
  ///   - head: What comes first.
  init(key: String, head: [UInt8]) {
    var digest = Digest()
    digest.update(Array(key.utf8))
    digest.update(head)
    add(digest.hex())
  }

  /// Lets `body` have all of `bytes`, some pieces at a time, once they are a part of the digest.
  ///
  /// - Parameter ahead: Given what is going to be read, some pieces before it is.
  mutating func update(
    _ bytes: UnsafeRawBufferPointer, ahead: (UnsafeRawBufferPointer) -> Void = { _ in },
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    let step = SealedPieces.pieceBytes * SealedPieces.together
    func pieces(from start: Int) -> UnsafeRawBufferPointer {
      UnsafeRawBufferPointer(rebasing: bytes[min(start, bytes.count)..<min(start + step, bytes.count)])
    }
    ahead(pieces(from: 0))
    for start in stride(from: 0, to: bytes.count, by: step) {
      ahead(pieces(from: start + step))
      let pieces = pieces(from: start)
      for digest in SealedPieces.digests(of: pieces) { add(digest) }
      try body(pieces)
    }
  }

  /// 64 lower-case digits.
  func digest() -> [UInt8] { Array(total.hex().utf8) }

  private mutating func add(_ digest: String) { total.update(Array(digest.utf8)) }

  private static func digests(of bytes: UnsafeRawBufferPointer) -> [String] {
    // Nobody writes to them before this returns.
    nonisolated(unsafe) let bytes = bytes
    return Parallel.map((bytes.count + pieceBytes - 1) / pieceBytes) { piece in
      let start = piece * pieceBytes
      var digest = Digest()
      digest.update(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + pieceBytes, bytes.count)]))
      return digest.hex()
    }
  }
}
