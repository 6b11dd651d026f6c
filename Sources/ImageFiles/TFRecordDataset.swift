/// Labelled images in TFRecord files.
struct TFRecordDataset {
  private struct Entry {
    let image: ImageReference
    let label: Int?
    let text: String?
  }

  /// So many classes that it must be damage.
  private static let classLimit = 1 << 20

  private let path: FilePath
  /// Where the names of the classes are, where they are known.
  private let namesFile: FilePath
  private var entries: [Entry] = []

  /// - Parameter path: What the whole is called.
  init(_ files: [FilePath], at path: FilePath) throws(DatasetError) {
    self.path = path
    namesFile = (files.first ?? path).sibling("label.labels.txt")
    for file in files {
      var records = try TFRecordFile(file)
      while let record = try records.next() { entries.append(try Self.entry(record, in: file)) }
    }
    guard !entries.isEmpty else { throw .cannotRead(path: path.description, why: "it holds no records") }
  }

  func dataset(expecting labels: [String]?) throws(DatasetError) -> LabelledDataset {
    let (names, label) = try classes(expecting: labels)
    let order = try ClassNames(found: names, expecting: labels, in: path)
    let images = entries.map { LabelledImage(image: $0.image, label: order[names[label($0)]]) }
    return LabelledDataset(path: path, labels: order.names, images: images)
  }

  private static func entry(_ record: TFRecordFile.Record, in file: FilePath) throws(DatasetError) -> Entry {
    do throws(TrainExample.Fault) {
      let example = try record.data.withUnsafeBytes { bytes in
        Result { () throws(TrainExample.Fault) in try TrainExample(bytes) }
      }.get()
      let place = ImageReference.Record(
        offset: record.offset + example.image.lowerBound, count: example.image.count, number: record.number)
      let label = try example.label.map { (label) throws(TrainExample.Fault) in
        guard (0..<Int64(classLimit)).contains(label) else {
          throw TrainExample.Fault(why: "its label is \(label); it is to be the index of a class")
        }
        return Int(label)
      }
      return Entry(image: ImageReference(file, record: place), label: label, text: example.text)
    } catch {
      throw .badRecord(file: file.description, record: record.number, why: error.why)
    }
  }
}

// MARK: - Names of classes

extension TFRecordDataset {
  private typealias Classes = (names: [String], label: (Entry) -> Int)

  /// The names in the order of the records' own labels, and which of them is an entry's.
  private func classes(expecting labels: [String]?) throws(DatasetError) -> Classes {
    if let names = try storedNames() { return try numbered(names) }
    if entries.allSatisfy({ $0.text != nil }) { return try named() }
    if let labels { return try numbered(labels) }
    let largest = entries.reduce(0) { max($0, $1.label ?? 0) }
    return try numbered((0...largest).map(String.init))
  }

  /// The names beside the files; nil where there are none.
  private func storedNames() throws(DatasetError) -> [String]? {
    guard case .other = FileKind(namesFile) else { return nil }
    let bytes: [UInt8]
    do { bytes = try FileBytes.read(namesFile) } catch { throw DatasetError(error) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .cannotRead(path: namesFile.description, why: "it is not UTF-8")
    }
    var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      String(line.last == "\r" ? line.dropLast() : line).onOneLine
    }
    while lines.last == "" { lines.removeLast() }
    return lines
  }

  /// Where labels are indices of `names`.
  private func numbered(_ names: [String]) throws(DatasetError) -> Classes {
    for entry in entries {
      guard let label = entry.label, label < names.count else {
        let found = entry.label.map { "its label is \($0)" } ?? "it has no label"
        throw fault(entry, "\(found), of \(names.count) classes")
      }
    }
    return (names, { $0.label ?? 0 })
  }

  /// Where every record says the name of its class.
  private func named() throws(DatasetError) -> Classes {
    var numbers: [String: Int?] = [:]
    var texts: [Int: String] = [:]
    for entry in entries {
      let text = entry.text ?? ""
      if let number = numbers.updateValue(entry.label, forKey: text), number != entry.label {
        throw fault(entry, "'\(text)' has another label than in a record before")
      }
      if let label = entry.label, let other = texts.updateValue(text, forKey: label), other != text {
        throw fault(
          entry, "label \(label) is '\(text)', and '\(other)' in a record before")
      }
    }
    let sorted = numbers.sorted { ($0.value ?? 0, $0.key) < ($1.value ?? 0, $1.key) }.map(\.key)
    let places = Dictionary(uniqueKeysWithValues: zip(sorted, 0...))
    return (sorted, { places[$0.text ?? ""] ?? 0 })
  }

  private func fault(_ entry: Entry, _ why: String) -> DatasetError {
    .badRecord(file: entry.image.file.description, record: entry.image.record?.number ?? 0, why: why)
  }
}
