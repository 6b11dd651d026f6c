import CZlib

/// CRC-32 as zlib computes it (polynomial 0xEDB88320, reflected, inverted at both ends).
///
/// It finds accidents: any flip of up to three bits, any burst of up to 32. It says nothing about attackers.
struct Checksum {
  private(set) var value: UInt32 = 0

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    guard let start else { return }
    // The result has 32 bits; zlib's type for it has more.
    value = UInt32(truncatingIfNeeded: crc32_z(uLong(value), start, bytes.count))
  }

  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var checksum = Checksum()
    checksum.update(bytes)
    return checksum.value
  }
}
