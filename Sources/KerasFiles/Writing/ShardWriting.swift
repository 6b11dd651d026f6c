internal import HDF5
internal import ModelGraph
internal import SystemFiles

/// Writes weights divided among several files, and the JSON file that names them.
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
    var map: [JSONValue.Member] = []
    for (number, entries) in parts.enumerated() {
      let name = partName(number)
      let image = try ObjectWriting.image(of: entries, of: model, name: name)
      try KerasExport.write(image, to: Paths.sibling(of: path, named: name))
      map += entries.map { JSONValue.Member(key: "/" + $0.group, value: .string(name)) }
    }
    let total = model.weights.values.reduce(0) { $0 + $1.bytes.count }
    let index: JSONValue = [
      "metadata": ["total_size": .number(Double(total))], "weight_map": .object(map),
    ]
    try KerasExport.write(Array(index.text.utf8), to: path)
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
