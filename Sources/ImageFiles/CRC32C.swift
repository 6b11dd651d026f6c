/// The cyclic redundancy check of TFRecord files: CRC-32C (Castagnoli), reflected, polynomial 0x1EDC6F41.
enum CRC32C {
  /// `tables[k][b]` is what byte `b` contributes when `k` more bytes follow in its word.
  private static let tables: [UInt32] = {
    let polynomial: UInt32 = 0x82F6_3B78
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var remainder = UInt32(byte)
      for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 1 ? polynomial : 0) }
      tables[byte] = remainder
    }
    for entry in 256..<tables.count {
      let shorter = tables[entry - 256]
      tables[entry] = shorter >> 8 ^ tables[Int(shorter & 0xFF)]
    }
    return tables
  }()

  /// Eight bytes at a time: Kounavis and Berry, "Novel table lookup-based algorithms for high-performance CRC
  /// generation", 2008.
  static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    tables.withUnsafeBufferPointer { tables in
      var crc = ~UInt32(0)
      var position = 0
      while position + 8 <= bytes.count {
        var word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian ^ UInt64(crc)
        crc = 0
        for table in (0..<8).reversed() {
          crc ^= tables[256 * table + Int(word & 0xFF)]
          word >>= 8
        }
        position += 8
      }
      for byte in bytes[position...] { crc = crc >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] }
      return ~crc
    }
  }

  /// What a TFRecord file stores, so that a checksum among the data does not spoil theirs.
  static func masked(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    let crc = checksum(bytes)
    return (crc >> 15 | crc << 17) &+ 0xA282_EAD8
  }
}
