/// The classes of a set: those that were found, in the order of those that are expected.
struct ClassNames {
  let names: [String]
  private let indices: [String: Int]

  /// - Parameters:
  ///   - found: Every class of the set once, in the order that it has where none is expected.
  ///   - path: The set, for errors.
  /// - Throws: `repeatedLabel`, or `classesDiffer` where one expected class is missing or one found is not
  ///   expected.
  init(found: [String], expecting expected: [String]?, in path: FilePath) throws(DatasetError) {
    names = expected ?? found
    var indices: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      guard indices.updateValue(index, forKey: name) == nil else {
        throw .repeatedLabel(data: path.description, label: name)
      }
    }
    self.indices = indices
    let there = Set(found)
    let missing = names.filter { !there.contains($0) }
    let unknown = found.filter { indices[$0] == nil }
    guard missing.isEmpty && unknown.isEmpty else {
      throw .classesDiffer(data: path.description, missing: missing, unknown: unknown)
    }
  }

  /// - Precondition: The class was among those that were found.
  subscript(name: String) -> Int {
    guard let index = indices[name] else { preconditionFailure("class '\(name)' was not found") }
    return index
  }
}
