/// Bounds-checked integers from bytes that nobody vouches for.
struct ByteReader {
  let bytes: UnsafeRawBufferPointer
  var isBigEndian = true

  subscript(offset: Int) -> UInt8? { bytes.indices.contains(offset) ? bytes[offset] : nil }

  func uint16(at offset: Int) -> Int? {
    guard offset >= 0, offset <= bytes.count - 2 else { return nil }
    let value = bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
    return Int(isBigEndian ? value.bigEndian : value.littleEndian)
  }

  func uint32(at offset: Int) -> Int? {
    guard offset >= 0, offset <= bytes.count - 4 else { return nil }
    let value = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
    return Int(isBigEndian ? value.bigEndian : value.littleEndian)
  }

  /// `count` bytes from `offset`, if they are there.
  func slice(at offset: Int, count: Int) -> UnsafeRawBufferPointer? {
    guard offset >= 0, count >= 0, offset <= bytes.count - count else { return nil }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
  }
}
