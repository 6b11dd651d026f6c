import ModelGraph

/// What the header says of a tensor whose Keras variable is not `float32`, or not exactly what the pack holds.
struct TypeEntry {
  /// Position among the tensors.
  var tensor: Int
  /// Of the Keras variable.
  var variable: DType
  /// The largest distance from it; nil where there is none.
  var error: Float?
}

extension HeaderReader {
  /// - Parameter tensors: How many there are.
  mutating func typeEntries(of tensors: Int) throws(PackViolation) -> [TypeEntry] {
    let entries = try list(.types, limit: tensors) { (reader) throws(PackViolation) in try reader.typeEntry()
    }
    var next = 0
    for (index, entry) in entries.enumerated() {
      let saysSomething = entry.variable != .float32 || entry.error != nil
      guard entry.tensor >= next, entry.tensor < tensors, saysSomething else {
        throw .badTypeEntry(index: index)
      }
      next = entry.tensor + 1
    }
    return entries
  }

  private mutating func typeEntry() throws(PackViolation) -> TypeEntry {
    TypeEntry(
      tensor: try size(),
      variable: try code(.type) { code in ElementType(packCode: code).flatMap(DType.init) },
      error: try boolean() ? try float() : nil)
  }
}

extension HeaderWriter {
  mutating func typeEntry(_ entry: TypeEntry) {
    size(entry.tensor)
    integer(ElementType(entry.variable).packCode)
    boolean(entry.error != nil)
    if let error = entry.error { float(error) }
  }
}

extension DType {
  /// - Returns: nil for what no Keras variable has.
  init?(_ element: ElementType) {
    switch element {
    case .float32: self = .float32
    case .float16: self = .float16
    case .bfloat16: self = .bfloat16
    case .float64: self = .float64
    case .int8: return nil
    }
  }
}
