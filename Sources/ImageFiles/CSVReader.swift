/// The lines of a CSV file, as RFC 4180 defines them: fields between commas, quoted where they hold commas,
/// quotes or line ends.
///
/// Lines may end in LF alone, and empty ones are left out.
struct CSVReader {
  struct Line {
    /// Where it begins, from 1.
    let number: Int
    let fields: [[UInt8]]
  }

  struct Fault: Error {
    let line: Int
    let why: String
  }

  private enum Mark {
    static let byteOrder: [UInt8] = [0xEF, 0xBB, 0xBF]
    static let (comma, quote) = (UInt8(ascii: ","), UInt8(ascii: "\""))
    static let (carriageReturn, lineFeed) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"))
  }

  private let bytes: [UInt8]
  private var position: Int
  private var line = 1

  /// - Parameter bytes: UTF-8, with or without a byte-order mark.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    position = bytes.starts(with: Mark.byteOrder) ? Mark.byteOrder.count : 0
  }

  /// The next line that is not empty; nil at the end.
  mutating func next() throws(Fault) -> Line? {
    while position < bytes.count {
      let number = line
      var fields = [try field()]
      while position < bytes.count, bytes[position] == Mark.comma {
        position += 1
        fields.append(try field())
      }
      endLine()
      if fields != [[]] { return Line(number: number, fields: fields) }
    }
    return nil
  }

  private mutating func field() throws(Fault) -> [UInt8] {
    guard position < bytes.count, bytes[position] == Mark.quote else { return try plainField() }
    return try quotedField()
  }

  private mutating func plainField() throws(Fault) -> [UInt8] {
    let start = position
    while position < bytes.count, bytes[position] != Mark.comma, !isAtLineEnd {
      guard bytes[position] != Mark.quote else {
        throw Fault(
          line: line, why: "a quote inside a field; put the field in quotes, and double those inside")
      }
      position += 1
    }
    return Array(bytes[start..<position])
  }

  private mutating func quotedField() throws(Fault) -> [UInt8] {
    let first = line
    var field: [UInt8] = []
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == Mark.quote {
        if position == bytes.count || bytes[position] == Mark.comma || isAtLineEnd { return field }
        guard bytes[position] == Mark.quote else {
          throw Fault(line: line, why: "a quote inside a quoted field; double it")
        }
        position += 1
      }
      if byte == Mark.lineFeed { line += 1 }
      field.append(byte)
    }
    throw Fault(line: first, why: "a quoted field does not end")
  }

  private var isAtLineEnd: Bool {
    bytes[position] == Mark.lineFeed
      || (bytes[position] == Mark.carriageReturn && position + 1 < bytes.count
        && bytes[position + 1] == Mark.lineFeed)
  }

  private mutating func endLine() {
    guard position < bytes.count else { return }
    position += bytes[position] == Mark.carriageReturn ? 2 : 1
    line += 1
  }
}
