import SystemFiles

/// A JSON value (RFC 8259) whose members keep the order in which they are written.
indirect enum JSON {
  case object([(key: String, value: JSON)])
  case array([JSON])
  /// An array of numbers, of which there may be millions.
  case integers([Int])
  case string(String)
  case integer(Int)
  case number(Double)
  /// Printed with the fewest digits that give the same `Float` again.
  case float(Float)
  case bool(Bool)
  case null

  static func strings(_ values: [String]) -> JSON { .array(values.map(JSON.string)) }
  static func optional(_ value: Double?) -> JSON { value.map(JSON.number) ?? .null }
  static func optional(_ value: String?) -> JSON { value.map(JSON.string) ?? .null }

  /// The value on one line, without the line's end.
  var line: String {
    switch self {
    case .object(let members):
      "{" + members.map { JSON.quoted($0.key) + ": " + $0.value.line }.joined(separator: ", ") + "}"
    case .array(let elements): "[" + elements.map(\.line).joined(separator: ", ") + "]"
    case .integers(let values): "[" + values.map(String.init).joined(separator: ", ") + "]"
    case .string(let text): JSON.quoted(text)
    case .integer(let value): String(value)
    case .number(let value): value.isFinite ? "\(value)" : "null"
    case .float(let value): value.isFinite ? "\(value)" : "null"
    case .bool(let value): value ? "true" : "false"
    case .null: "null"
    }
  }

  /// The value as a document: indented, with plain lists on one line.
  var document: String { rendered(indent: "") + "\n" }

  private var isPlain: Bool {
    switch self {
    case .object, .array, .integers: false
    default: true
    }
  }

  private func rendered(indent: String) -> String {
    let inner = indent + "  "
    switch self {
    case .object(let members) where !members.isEmpty:
      let lines = members.map { inner + JSON.quoted($0.key) + ": " + $0.value.rendered(indent: inner) }
      return "{\n" + lines.joined(separator: ",\n") + "\n" + indent + "}"
    case .array(let elements) where !elements.allSatisfy(\.isPlain):
      return "[\n" + elements.map { inner + $0.rendered(indent: inner) }.joined(separator: ",\n") + "\n"
        + indent + "]"
    default:
      return line
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.steersText:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
