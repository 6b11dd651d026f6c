import ModelGraph

/// Reads the fields of a header one after the other, none beyond its end.
///
/// - Note: `bytes` is the file's beginning up to the header's end, and must outlive the reader.
struct HeaderReader {
  private let bytes: UnsafeRawBufferPointer
  /// Offset in the file of the next field.
  private(set) var offset: Int

  init(_ bytes: UnsafeRawBufferPointer, from offset: Int) {
    self.bytes = bytes
    self.offset = offset
  }

  /// The next little-endian number.
  mutating func integer<Value: FixedWidthInteger>(_: Value.Type = Value.self) throws(PackViolation) -> Value {
    let size = Value.bitWidth / 8
    guard bytes.count - offset >= size else { throw .headerEndsEarly(at: offset) }
    let value = bytes.loadUnaligned(fromByteOffset: offset, as: Value.self)
    offset += size
    return Value(littleEndian: value)
  }

  /// The next 32-bit number as a size.
  mutating func size() throws(PackViolation) -> Int { Int(try integer(UInt32.self)) }

  mutating func float() throws(PackViolation) -> Float { Float(bitPattern: try integer()) }

  mutating func double() throws(PackViolation) -> Double { Double(bitPattern: try integer()) }

  mutating func boolean() throws(PackViolation) -> Bool {
    let at = offset
    let value: UInt8 = try integer()
    guard value <= 1 else { throw .badBoolean(at: at, value: value) }
    return value == 1
  }

  mutating func code<Value>(_ field: PackField, _ meaning: (UInt8) -> Value?) throws(PackViolation) -> Value {
    let at = offset
    let value: UInt8 = try integer()
    guard let found = meaning(value) else { throw .unknownCode(field, at: at, value: value) }
    return found
  }

  mutating func reserved() throws(PackViolation) {
    let at = offset
    guard try integer(UInt16.self) == 0 else { throw .reservedNotZero(at: at) }
  }

  mutating func text() throws(PackViolation) -> String {
    let at = offset
    let count = Int(try integer(UInt16.self))
    guard count <= Format.maximumText else { throw .textTooLong(at: at, length: count) }
    guard bytes.count - offset >= count else { throw .headerEndsEarly(at: offset) }
    let text = String(validating: bytes[offset..<offset + count], as: UTF8.self)
    guard let text, Text.isPlain(text) else { throw .badText(at: at) }
    offset += count
    return text
  }

  /// A count and as many elements; each takes at least a byte, so none is read, nor room made, in vain.
  mutating func list<Element>(
    _ list: PackList, limit: Int, _ element: (inout HeaderReader) throws(PackViolation) -> Element
  ) throws(PackViolation) -> [Element] {
    let count = try size()
    guard count <= limit else { throw .tooMany(list, count: count, limit: limit) }
    var elements: [Element] = []
    for _ in 0..<count { elements.append(try element(&self)) }
    return elements
  }

  mutating func finish() throws(PackViolation) {
    guard offset == bytes.count else { throw .headerContinues(at: offset) }
  }
}

/// What a text may be: one line without control characters.
enum Text {
  static func isPlain(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
  }

  /// Whether it is a SHA-256: 64 lower-case hexadecimal digits.
  static func isDigest(_ text: String) -> Bool {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let letters = UInt8(ascii: "a")...UInt8(ascii: "f")
    return text.utf8.count == 64 && text.utf8.allSatisfy { digits.contains($0) || letters.contains($0) }
  }
}
