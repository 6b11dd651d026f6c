internal import SystemFiles

/// Reads weights that Keras divided among several files, which a JSON file beside them names.
enum ShardReading {
  private static let maximumText = 8 << 20
  private static let maximumParts = 256

  static func network(at path: String) throws -> StoredNetwork {
    let names = try partNames(of: path)
    var root = StoredObject(key: "")
    var hasOptimizerState = false
    var budget = ReadingBudget()
    for (part, name) in names.enumerated() {
      let found = try content(ofPart: part, at: Paths.sibling(of: path, named: name), &budget)
      try root.merge(found.root)
      hasOptimizerState = hasOptimizerState || found.hasOptimizerState
    }
    return StoredNetwork(
      container: .shardedWeights, kerasVersion: nil, configuration: nil, hasOptimizerState: hasOptimizerState,
      weights: .objects(root))
  }

  /// The names of the files that hold the weights, each once, in the order of the names.
  static func partNames(of path: String) throws -> [String] {
    var names: Set<String> = []
    for entry in try weightMap(of: try index(at: path)) {
      for name in entry.value.array ?? [entry.value] {
        guard let name = name.string, isFileName(name) else {
          throw KerasFileError.Problem.badConfiguration(
            "the weight map names for '\(entry.key)' what is no file beside it")
        }
        names.insert(name)
      }
    }
    guard !names.isEmpty, names.count <= maximumParts else { throw KerasFileError.Problem.noNetwork }
    return names.sorted()
  }

  /// The JSON file.
  static func index(at path: String) throws -> JSONValue {
    let text = try MappedFile(path: path).withUnsafeBytes { bytes in
      bytes.count <= maximumText ? String(validating: bytes, as: UTF8.self) : nil
    }
    guard let text, let document = try? JSONParser.parse(text) else {
      throw KerasFileError.Problem.unknownFormat
    }
    return document
  }

  private static func weightMap(of index: JSONValue) throws(KerasFileError.Problem) -> [JSONValue.Member] {
    guard case .object(let members)? = index["weight_map"] else { throw .unknownFormat }
    return members
  }

  private static func isFileName(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.contains("/") && !name.contains("\0")
  }

  private static func content(
    ofPart part: Int, at path: String, _ budget: inout ReadingBudget
  ) throws -> (root: StoredObject, hasOptimizerState: Bool) {
    guard try FileSignature(ofFileAt: path) == .hdf5 else {
      throw KerasFileError.Problem.badPart(fileName: path, why: "is not HDF5")
    }
    let file = try SharedBytes(path: path)
    guard let found = try Sandbox.network(in: file, at: path, part: part, &budget),
      case .objects(let root) = found.weights
    else { throw KerasFileError.Problem.badPart(fileName: path, why: "holds no layers") }
    return (root, found.hasOptimizerState)
  }
}

extension JSONValue {
  /// An index of sharded weights with other names for the parts.
  func renamingParts(_ names: [String: String]) -> JSONValue {
    func renamed(_ value: JSONValue) -> JSONValue {
      switch value {
      case .string(let name): .string(names[name] ?? name)
      case .array(let elements): .array(elements.map(renamed))
      default: value
      }
    }
    guard case .object(let members) = self else { return self }
    return .object(
      members.map { member in
        guard member.key == "weight_map", case .object(let map) = member.value else { return member }
        return Member(
          key: member.key, value: .object(map.map { Member(key: $0.key, value: renamed($0.value)) }))
      })
  }
}
