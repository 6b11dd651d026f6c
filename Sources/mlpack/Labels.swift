import SystemFiles

/// The names of the classes, from a text file with one a line.
enum Labels {
  /// - Throws: `FileError`, or `CommandError` for a file that holds no list of distinct names.
  static func read(_ path: String) throws -> [String] {
    let file = try MappedFile(path: path)
    let text = file.withUnsafeBytes { String(validating: $0, as: UTF8.self) }
    guard let text else { throw CommandError.data("labels '\(path)': not a text file in UTF-8") }
    return try parse(text, path: path)
  }

  private static func parse(_ text: String, path: String) throws(CommandError) -> [String] {
    var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(trimmed)
    while lines.last == "" { lines.removeLast() }
    guard !lines.isEmpty else { throw .data("labels '\(path)': the file is empty; write one label a line") }
    var firstLine: [String: Int] = [:]
    for (index, label) in lines.enumerated() {
      let place = "labels '\(path)', line \(index + 1)"
      guard !label.isEmpty else { throw .data("\(place): the line is empty; write one label a line") }
      guard !label.unicodeScalars.contains(where: \.steersText) else {
        throw .data(
          "\(place): the label holds a character that controls a terminal or turns text around; write it without"
        )
      }
      if let first = firstLine.updateValue(index + 1, forKey: label) {
        throw .data("\(place): '\(label)' is already on line \(first); every class needs its own name")
      }
    }
    return lines
  }

  /// A line without the byte-order mark and the blanks and carriage return around it.
  private static func trimmed(_ line: String.UnicodeScalarView.SubSequence) -> String {
    var line = line
    while let first = line.first, first.value == 0xFEFF || first.properties.isWhitespace {
      line.removeFirst()
    }
    while let last = line.last, last.properties.isWhitespace { line.removeLast() }
    return String(line)
  }
}
