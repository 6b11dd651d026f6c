import Foundation

@testable import ImageFiles

/// TFRecord files, and the examples in them.
struct RecordTarget: FuzzTarget {
  static let name = "record"

  private let file = MemoryFile()

  func check(_ bytes: [UInt8]) {
    file.fill(bytes)
    let path = FilePath(file.path)
    guard let records = try? TFRecordDataset([path], at: path) else { return }
    for labels in [nil, ["a", "b"]] as [[String]?] {
      guard let set = try? records.dataset(expecting: labels) else { continue }
      for image in set.images {
        guard set.labels.indices.contains(image.label), let place = image.image.record,
          place.offset + place.count <= bytes.count
        else { broken("an image is of a class, and lies in its file") }
      }
    }
  }

  /// Sets the checksums of lengths and data right, and a length that reaches beyond the file.
  func repaired(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    var offset = 0
    while var length = bytes.load(UInt64.self, at: offset), offset + 16 <= bytes.count {
      length = min(length, UInt64(bytes.count - offset - 16))
      bytes.store(length, at: offset)
      bytes.seal(offset..<offset + 8)
      let data = offset + 12..<offset + 12 + Int(length)
      bytes.seal(data)
      offset = data.upperBound + 4
    }
    return bytes
  }

  /// The first record of each fixture, with an image of a few bytes.
  func seeds(fixtures: String) throws -> [String: [UInt8]] {
    var seeds: [String: [UInt8]] = [:]
    for file in ["inception.tfrecord", "numbers.tfrecord"] {
      let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: "\(fixtures)/records/\(file)")))
      let length = Int(bytes.load(UInt64.self, at: 0) ?? 0)
      seeds[file] = Array(bytes.prefix(length + 16))
    }
    func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
      [number << 3 | 2, UInt8(bytes.count)] + bytes
    }
    func feature(_ name: String, _ content: [UInt8]) -> [UInt8] {
      field(1, field(1, Array(name.utf8)) + field(2, content))
    }
    let image = feature("image", [0x0A, 0x03, 0x0A, 0x01, 0x00])
    let label = feature("label", [0x1A, 0x03, 0x0A, 0x01, 0x01])
    let example = field(1, image + label)
    let record = withUnsafeBytes(of: UInt64(example.count).littleEndian, Array.init)
    seeds["small"] = repaired(record + [0, 0, 0, 0] + example + [0, 0, 0, 0])
    return seeds
  }
}

extension [UInt8] {
  /// Stores the masked checksum of a part behind it.
  fileprivate mutating func seal(_ part: Range<Int>) {
    store(self[part].withUnsafeBytes { CRC32C.masked($0) }, at: part.upperBound)
  }
}
