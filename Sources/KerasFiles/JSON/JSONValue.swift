/// A JSON document as plain data.
///
/// A number without fraction and exponent is an integer, as in Python. `number` may be NaN or infinite, for
/// which Python writes `NaN` and `Infinity`.
enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  /// In the document's order; of equal keys the last one counts.
  case object([Member])

  struct Member: Sendable, Hashable {
    let key: String
    let value: JSONValue
  }

  /// The member `key` of an object; nil where it is absent, null, or this is no object.
  subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self, let found = members.last(where: { $0.key == key }),
      found.value != .null
    else { return nil }
    return found.value
  }

  var array: [JSONValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// An integer, also one written with a fraction of zero.
  var integer: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}
