internal import HDF5
internal import ModelGraph
internal import SystemFiles

/// Writes weights divided among several files, and the JSON file that names them.
///
/// New parts never take the names of parts that are there: the weights are the old ones until the JSON file, in one
/// step, names the new parts. The old ones are removed then. A file beside the JSON file, whose name begins with a point, lists
/// the parts of both for as long as that takes: where a run is killed, the next one removes what no JSON file names of them.
/// No other file is ever removed.
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

  /// Runs `body`, which writes the JSON file after the new parts; then the parts that it no longer names are removed, or,
  /// where that fails, the new ones.
  ///
  /// - Parameter names: Of the new parts.
  func committing(_ names: [String], _ body: () throws -> Void) throws {
    let listed = try listedParts().union(partsNamedBefore()).union(names)
    try AtomicFile.write(to: list) { (writer) throws(FileError) in
      try writer.append(Array(listed.sorted().joined(separator: "\n").utf8))
    }
    do {
      try body()
    } catch let error as FileError where error.kind == .notSynced && error.path == path {
      throw error
    } catch {
      for name in names { _ = remove(name) }
      removeUnnamed(listed.subtracting(names))
      throw error
    }
    removeUnnamed(listed)
  }

  /// The file that lists parts while they are written.
  private var list: String { Paths.sibling(of: path, named: ".\(stem).parts") }

  /// Those that a run listed which did not come to its end.
  private func listedParts() throws -> Set<String> {
    let text = try unlessMissing {
      try MappedFile(path: list).withUnsafeBytes { String(validating: $0, as: UTF8.self) }
    }
    return Set((text ?? "").split(separator: "\n").map(String.init))
  }

  /// Those of the JSON file that is to be replaced; none where it is no such file.
  private func partsNamedBefore() throws -> [String] {
    do {
      return try unlessMissing { try ShardReading.partNames(of: path) } ?? []
    } catch is KerasFileError.Problem {
      return []
    }
  }

  /// What `read` gives; nil where the file is not there.
  private func unlessMissing<R>(_ read: () throws -> R?) throws -> R? {
    do {
      return try read()
    } catch let error as FileError where error.kind == .notFound {
      return nil
    }
  }

  /// Removes those of the parts that are named neither by this JSON file nor by one of the names that one with such parts may
  /// have. Where one of them cannot be read, or a part not be removed, the list stays for the next run.
  private func removeUnnamed(_ parts: Set<String>) {
    var unnamed = parts.filter(isPart)
    if !unnamed.isEmpty {
      let indices = [".weights.json", ".json"].map { Paths.sibling(of: path, named: stem + $0) } + [path]
      for index in indices {
        do {
          unnamed.subtract(try unlessMissing { try ShardReading.partNames(of: index) } ?? [])
        } catch {
          return
        }
      }
    }
    let areRemoved = unnamed.map(remove)
    if areRemoved.allSatisfy(\.self) { try? AtomicFile.remove(list) }
  }

  /// - Returns: Whether the part is gone.
  private func remove(_ name: String) -> Bool {
    (try? AtomicFile.remove(Paths.sibling(of: path, named: name))) != nil
  }

  /// The names of the parts that lie beside the JSON file, its own or not.
  private var partsThere: [String] {
    Folders.files(in: Paths.sibling(of: path, named: ".")).compactMap { entry in
      entry.path.split(separator: "/").last.map(String.init)
    }.filter(isPart)
  }

  /// Whether a file of that name may be a part.
  private func isPart(_ name: String) -> Bool {
    let ending = ".weights.h5"
    guard name.hasPrefix(stem + "_"), name.hasSuffix(ending) else { return false }
    let digits = name.dropFirst(stem.count + 1).dropLast(ending.count)
    return digits.count >= 5 && digits.allSatisfy { ("0"..."9").contains($0) }
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
