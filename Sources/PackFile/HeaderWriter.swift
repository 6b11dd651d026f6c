import ModelGraph

/// Puts the fields of a header one after the other.
struct HeaderWriter {
  private(set) var bytes: [UInt8] = []

  mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// A number that a sound graph keeps below 2³²; −1 stands for an unknown size.
  mutating func size(_ value: Int) { integer(UInt32(truncatingIfNeeded: value)) }

  mutating func float(_ value: Float) { integer(value.bitPattern) }

  mutating func double(_ value: Double) { integer(value.bitPattern) }

  mutating func boolean(_ value: Bool) { integer(UInt8(value ? 1 : 0)) }

  mutating func text(_ text: String) throws(PackViolation) {
    let at = Format.preambleLength + bytes.count
    let utf8 = Array(text.utf8)
    guard utf8.count <= Format.maximumText else { throw .textTooLong(at: at, length: utf8.count) }
    guard Text.isPlain(text) else { throw .badText(at: at) }
    integer(UInt16(utf8.count))
    bytes += utf8
  }

  mutating func list<Elements: Collection>(
    _ list: PackList, limit: Int, _ elements: Elements,
    _ element: (inout HeaderWriter, Elements.Element) throws(PackViolation) -> Void
  ) throws(PackViolation) {
    guard elements.count <= limit else { throw .tooMany(list, count: elements.count, limit: limit) }
    size(elements.count)
    for value in elements { try element(&self, value) }
  }
}
