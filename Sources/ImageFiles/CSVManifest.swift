import SystemFiles

/// A CSV file that names images and their classes.
struct CSVManifest {
  private typealias Line = CSVReader.Line

  private static let pathColumns = ["path", "file", "image"]
  private static let labelColumns = ["label"]

  private let path: FilePath
  private var entries: [(image: FilePath, label: String)] = []

  init(at path: FilePath) throws(DatasetError) {
    self.path = path
    let bytes: [UInt8]
    do { bytes = try FileBytes.read(path) } catch { throw DatasetError(error) }
    var reader = CSVReader(bytes)
    guard let header = try Self.line(&reader, in: path) else {
      throw Self.fault(path, 1, "the file is empty; a CSV manifest begins with the names of its columns")
    }
    let columns = try Columns(header, in: path)
    while let line = try Self.line(&reader, in: path) {
      guard line.fields.count == header.fields.count else {
        let counts = "\(line.fields.count) fields, where the header has \(header.fields.count)"
        throw Self.fault(path, line.number, counts)
      }
      entries.append(try Self.entry(line, columns, in: path))
    }
    guard !entries.isEmpty else { throw Self.fault(path, header.number, "no image follows the header") }
  }

  func dataset(expecting labels: [String]?) throws(DatasetError) -> LabelledDataset {
    let classes = try ClassNames(found: sortedLabels, expecting: labels, in: path)
    let images = entries.map { LabelledImage(image: ImageReference($0.image), label: classes[$0.label]) }
    return LabelledDataset(path: path, labels: classes.names, images: images)
  }

  /// By number where all are whole numbers, so that 10 follows 9; else in byte order.
  private var sortedLabels: [String] {
    let labels = Set(entries.map(\.label)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let numbers = labels.compactMap { label in Int(label).map { (number: $0, label: label) } }
    guard numbers.count == labels.count else { return labels }
    return numbers.sorted { ($0.number, $0.label) < ($1.number, $1.label) }.map(\.label)
  }

  /// Where in a line the two fields are that count.
  private struct Columns {
    let path: Int
    let label: Int

    init(_ header: Line, in file: FilePath) throws(DatasetError) {
      let names = header.fields.map { CSVManifest.columnName($0) }
      path = try Self.column(CSVManifest.pathColumns, of: names, header, in: file)
      label = try Self.column(CSVManifest.labelColumns, of: names, header, in: file)
    }

    private static func column(
      _ possible: [String], of names: [String], _ header: Line, in file: FilePath
    ) throws(DatasetError) -> Int {
      let wanted = possible.map { "'\($0)'" }.joined(separator: " or ")
      guard let name = possible.first(where: names.contains), let first = names.firstIndex(of: name) else {
        throw CSVManifest.fault(file, header.number, "no column is named \(wanted); is it a CSV manifest?")
      }
      guard names.lastIndex(of: name) == first else {
        throw CSVManifest.fault(file, header.number, "two columns are named '\(name)'")
      }
      return first
    }
  }

  /// A name in small letters, without the blanks around it.
  private static func columnName(_ field: [UInt8]) -> String {
    let trimmed = field.drop { $0 == UInt8(ascii: " ") }.reversed().drop { $0 == UInt8(ascii: " ") }
      .reversed()
    return String(decoding: Array(trimmed), as: UTF8.self).lowercased()
  }

  private static func entry(
    _ line: Line, _ columns: Columns, in file: FilePath
  ) throws(DatasetError) -> (image: FilePath, label: String) {
    let name = line.fields[columns.path]
    guard !name.isEmpty, !name.contains(0) else {
      throw fault(file, line.number, "no path of an image; name one, or remove the line")
    }
    guard let label = String(validating: line.fields[columns.label], as: UTF8.self), !label.isEmpty else {
      throw fault(file, line.number, "the label is empty or not UTF-8; name the class")
    }
    guard !label.unicodeScalars.contains(where: \.steersText) else {
      throw fault(
        file, line.number,
        "the label holds a character that controls a terminal or turns text around; write it without")
    }
    let image = FilePath(bytes: name)
    return (name.first == UInt8(ascii: "/") ? image : file.sibling(image), label)
  }

  private static func line(_ reader: inout CSVReader, in file: FilePath) throws(DatasetError) -> Line? {
    do { return try reader.next() } catch { throw fault(file, error.line, error.why) }
  }

  private static func fault(_ file: FilePath, _ line: Int, _ why: String) -> DatasetError {
    .badManifest(file: file.description, line: line, why: why)
  }
}
