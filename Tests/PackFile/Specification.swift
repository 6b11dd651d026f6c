import SystemFiles
import Testing

/// The documents that stand beside the code that keeps them.
enum Specification {
  static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    .joined(separator: "/")

  static func text(_ path: String) throws -> String {
    try MappedFile(path: root + "/" + path).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }

  /// The numbers of the rules of FORMAT.md or DELTA.md, in their order.
  static func rules(_ document: String, _ letter: Character) throws -> [Int] {
    try text("Sources/PackFile/" + document).matches(of: /- \*\*(.)-(\d\d)\*\*/)
      .compactMap { $0.output.1.first == letter ? Int($0.output.2) : nil }
  }

  /// The pack that FORMAT.md dumps in hexadecimal.
  static func smallestPack() throws -> [UInt8] {
    let parts = try text("Sources/PackFile/FORMAT.md").split(separator: "```")
    let dump = try #require(parts.last { $0.contains("89 4D 4C 50") })
    return dump.split(whereSeparator: \.isWhitespace).compactMap { UInt8($0, radix: 16) }
  }

  /// What the table of a file of `fixtures/hostile` says: an error's whole text by the hostile file's name.
  static func errors(_ table: String) throws -> [String: String] {
    let lines = try text("fixtures/hostile/" + table).split(separator: "\n")
    let pairs = lines.map { line in
      let parts = line.split(separator: "\t", maxSplits: 1)
      return (String(parts[0]), String(parts.last ?? ""))
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }
}
