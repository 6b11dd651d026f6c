/// The fields of a serialized protocol buffer message, one after another.
///
/// https://protobuf.dev/programming-guides/encoding/
struct ProtobufReader {
  enum Value {
    case varint(UInt64)
    /// Where in the bytes the content of a string or an embedded message lies.
    case content(Range<Int>)
    /// Four or eight bytes that nothing here asks for.
    case fixed
  }

  private let bytes: UnsafeRawBufferPointer
  private var position: Int
  private let end: Int

  /// Reads the message that lies at `range` of `bytes`.
  ///
  /// - Precondition: The range lies in the bytes.
  init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "\(range) of \(bytes.count) bytes")
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  /// The next field; nil at the end.
  mutating func next() throws(MalformedMessage) -> (field: UInt64, value: Value)? {
    guard position < end else { return nil }
    let tag = try varint()
    guard tag >> 3 > 0 else { throw MalformedMessage() }
    let value: Value =
      switch tag & 7 {
      case 0: .varint(try varint())
      case 1: try fixed(8)
      case 2: .content(try content())
      case 5: try fixed(4)
      default: throw MalformedMessage()
      }
    return (tag >> 3, value)
  }

  /// The next of varints that follow each other without tags; nil at the end.
  mutating func nextPacked() throws(MalformedMessage) -> UInt64? { position < end ? try varint() : nil }

  private mutating func varint() throws(MalformedMessage) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: 0 as UInt64, to: 64, by: 7) {
      guard position < end else { throw MalformedMessage() }
      let byte = bytes[position]
      position += 1
      // Only one bit of the tenth byte has a place in 64.
      guard shift < 63 || byte <= 1 else { throw MalformedMessage() }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw MalformedMessage()
  }

  private mutating func content() throws(MalformedMessage) -> Range<Int> {
    guard let count = Int(exactly: try varint()), count <= end - position else { throw MalformedMessage() }
    defer { position += count }
    return position..<position + count
  }

  private mutating func fixed(_ count: Int) throws(MalformedMessage) -> Value {
    guard count <= end - position else { throw MalformedMessage() }
    position += count
    return .fixed
  }
}

/// The bytes are no sound message of a protocol buffer.
struct MalformedMessage: Error {}
