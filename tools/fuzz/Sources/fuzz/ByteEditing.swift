/// Little-endian numbers in bytes that are being repaired.
extension [UInt8] {
  mutating func store<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
    Swift.withUnsafeBytes(of: value.littleEndian) { raw in
      guard offset >= 0, offset + raw.count <= count else { return }
      replaceSubrange(offset..<offset + raw.count, with: raw)
    }
  }

  func load<Value: FixedWidthInteger>(_: Value.Type = Value.self, at offset: Int) -> Value? {
    guard offset >= 0, offset + Value.bitWidth / 8 <= count else { return nil }
    return withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Value.self)) }
  }

  /// Puts `new` in the place of `old`, where that is first found.
  mutating func replace<Value: FixedWidthInteger>(_ old: Value, by new: Value, from start: Int = 0) {
    let size = Value.bitWidth / 8
    let found = Swift.stride(from: start, through: count - size, by: 1).first { load(at: $0) == old }
    if let found { store(new, at: found) }
  }
}
