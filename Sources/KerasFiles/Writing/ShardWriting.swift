internal import HDF5
internal import ModelGraph
internal import SystemFiles

/// Writes weights divided among several files, and the JSON file that names them.
///
/// New parts never take the names of parts that are there: the weights are the old ones until the JSON file, in one
/// step, names the new parts. What no JSON file names is removed then.
struct ShardWriting {
  private let path: String
  /// The beginning of the parts' names.
  private let stem: String

  /// - Parameter path: Of the JSON file.
  init(_ path: String) {
    self.path = path
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let ending = [".weights.json", ".json"].first { name.hasSuffix($0) && name != $0 } ?? ""
    stem = String(name.dropLast(ending.count))
  }

  /// The name that Keras gives a part.
  func partName(_ number: Int) -> String {
    let digits = String(number)
    return "\(stem)_\(String(repeating: "0", count: max(5 - digits.count, 0)))\(digits).weights.h5"
  }

  func write(_ model: Model, partBytes: Int) throws {
    let parts = ShardWriting.divide(ObjectWriting.entries(of: model.graph), of: model, partBytes)
    let names = freeNames(parts.count)
    var map: [JSONValue.Member] = []
    for (name, entries) in zip(names, parts) {
      map += entries.map { JSONValue.Member(key: "/" + $0.group, value: .string(name)) }
    }
    let total = model.weights.values.reduce(0) { $0 + $1.bytes.count }
    let index: JSONValue = [
      "metadata": ["total_size": .number(Double(total))], "weight_map": .object(map),
    ]
    try committing(names) {
      for (name, entries) in zip(names, parts) {
        let image = try ObjectWriting.image(of: entries, of: model, name: name)
        try KerasExport.write(image, to: Paths.sibling(of: path, named: name))
      }
      try KerasExport.write(Array(index.text.utf8), to: path)
    }
  }

  /// Names for `count` parts, with the lowest numbers in a row that no part has that is there.
  func freeNames(_ count: Int) -> [String] {
    let taken = Set(partsThere)
    var names: [String] = []
    var number = 0
    while names.count < count {
      let name = partName(number)
      if taken.contains(name) { names = [] } else { names.append(name) }
      number += 1
    }
    return names
  }

  /// Runs `body`, which writes the JSON file after the new parts; then what it no longer names is removed, or, where
  /// that fails, the new parts are.
  ///
  /// - Parameter names: Of the new parts.
  func committing(_ names: [String], _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as FileError where error.kind == .notSynced && error.path == path {
      throw error
    } catch {
      names.forEach(remove)
      throw error
    }
    removeUnnamedParts()
  }

  /// Of both names that a JSON file with such parts may have, and of this one; nothing is removed where one of them
  /// cannot be read.
  private func removeUnnamedParts() {
    var named: Set<String> = []
    let indices = [".weights.json", ".json"].map { Paths.sibling(of: path, named: stem + $0) } + [path]
    for index in indices where Paths.areSame(index, index) {
      guard let names = try? ShardReading.partNames(of: index) else { return }
      named.formUnion(names)
    }
    partsThere.filter { !named.contains($0) }.forEach(remove)
  }

  private func remove(_ name: String) { try? AtomicFile.remove(Paths.sibling(of: path, named: name)) }

  /// The names of the parts that lie beside the JSON file, its own or not.
  private var partsThere: [String] {
    let ending = ".weights.h5"
    return Folders.files(in: Paths.sibling(of: path, named: ".")).compactMap { entry in
      guard let name = entry.path.split(separator: "/").last, name.hasPrefix(stem + "_"),
        name.hasSuffix(ending)
      else { return nil }
      let digits = name.dropFirst(stem.count + 1).dropLast(ending.count)
      return digits.count >= 5 && digits.allSatisfy { ("0"..."9").contains($0) } ? String(name) : nil
    }
  }

  /// The layers in their order, as many in a part as fit; one that does not fit has a part of its own.
  private static func divide(
    _ entries: [ObjectWriting.Entry], of model: Model, _ partBytes: Int
  ) -> [[ObjectWriting.Entry]] {
    var parts: [[ObjectWriting.Entry]] = []
    var room = 0
    for entry in entries {
      let size = entry.byteCount(in: model)
      if parts.isEmpty || size > room {
        parts.append([])
        room = partBytes
      }
      parts[parts.count - 1].append(entry)
      room -= size
    }
    return parts
  }
}
