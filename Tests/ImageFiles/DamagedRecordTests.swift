import ImageFiles
import Testing

/// Files that are nearly what real TensorFlow wrote.
@Suite struct DamagedRecordTests {
  private let folder: TemporaryFolder
  private let sound: [UInt8]

  init() throws {
    folder = try TemporaryFolder()
    sound = try recordBytes("numbers.tfrecord")
  }

  /// What is said of a file of these bytes; empty where nothing is wrong.
  private func complaint(of bytes: [UInt8]) throws -> String {
    let path = try folder.file("a.tfrecord", bytes)
    defer { folder.remove("a.tfrecord") }
    do throws(DatasetError) {
      _ = try LabelledDataset(at: path)
      return ""
    } catch {
      return String(error.description.dropFirst(path.description.count + 2))
    }
  }

  @Test func `a file cut anywhere but between records is refused`() throws {
    let ends = recordEnds(of: sound)
    #expect(ends.count == 3)
    for count in 1..<sound.count where count % 17 == 0 || count < 40 || ends.contains(count) {
      let complaint = try complaint(of: Array(sound[..<count]))
      #expect(complaint.isEmpty == ends.contains(count), "\(count) bytes: \(complaint)")
    }
    #expect(try complaint(of: Array(sound.dropLast(5))).hasPrefix("record 3: it says that it holds "))
    #expect(try complaint(of: []) == "cannot be read: it holds no records")
  }

  @Test func `a flipped bit anywhere is found`() throws {
    for offset in sound.indices where offset % 17 == 0 || offset < 20 {
      var bytes = sound
      bytes[offset] ^= 0x10
      #expect(try complaint(of: bytes).contains("does not match its checksum"), "byte \(offset)")
    }
  }

  @Test(arguments: [0, 1 << 31, 1 << 62, UInt64.max, UInt64.max - 15] as [UInt64])
  func `absurd lengths under sound checksums are refused`(_ length: UInt64) throws {
    let expected =
      length == 0 ? "record 1: " : "record 1: it says that it holds \(length) bytes, but the file ends after"
    #expect(try complaint(of: header(length) + [UInt8](repeating: 0, count: 20)).hasPrefix(expected))
  }

  @Test(arguments: examples)
  fileprivate func `what is no example of an image is named`(_ example: OddExample) throws {
    #expect(try complaint(of: record(example.data)) == "record 1: \(example.why)")
  }

  @Test func `an example with any byte changed gives a set or an error`() throws {
    let length = Int(sound[0]) | Int(sound[1]) << 8
    let example = Array(sound[12..<12 + length])
    for offset in example.indices where offset < 60 || offset > length - 60 {
      for change in [0x01, 0x08, 0x80, 0xFF] as [UInt8] {
        var changed = example
        changed[offset] ^= change
        let path = try folder.file("b.tfrecord", record(changed))
        if let set = try? LabelledDataset(at: path) {
          let place = try #require(set.images.first?.image.record)
          #expect(place.offset >= 12 && place.offset + place.count <= 12 + length)
        }
        folder.remove("b.tfrecord")
      }
    }
  }

  @Test func `a compressed file is called so`() throws {
    let bytes = [0x1F, 0x8B, 8, 0] + [UInt8](repeating: 0, count: 20)
    #expect(try complaint(of: bytes) == "record 1: the file is compressed; expand it first")
  }
}

/// What is no example of an image, though its checksums are right.
private struct OddExample: Sendable, CustomTestStringConvertible {
  let data: [UInt8]
  let why: String

  init(_ data: [UInt8], _ why: String) {
    self.data = data
    self.why = why
  }

  var testDescription: String { why }
}

private let examples: [OddExample] = [
  OddExample([0xFF], "it is not a tf.train.Example"),
  OddExample(
    [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], "it is not a tf.train.Example"),
  OddExample(
    [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "it is not a tf.train.Example"),
  OddExample([0x0A, 0x05, 0x0A], "it is not a tf.train.Example"),
  OddExample([0x0B], "it is not a tf.train.Example"),
  OddExample([0x02, 0x00], "it is not a tf.train.Example"),
  OddExample([], "no feature 'image' or 'image/encoded'; it has none"),
  OddExample(
    [0x0A, 0x07, 0x0A, 0x05, 0x0A, 0x03, 0x61, 0x0A, 0x62],
    "no feature 'image' or 'image/encoded'; it has 'a\\nb'"
  ),
  OddExample(
    feature("image", [0x0A, 0x00]), "feature 'image' is not one string of bytes: an image file is needed"),
  OddExample(
    feature("image", [0x12, 0x00]), "feature 'image' is not one string of bytes: an image file is needed"),
  OddExample(
    feature("image", [0x0A, 0x04, 0x0A, 0x00, 0x0A, 0x00]),
    "feature 'image' is not one string of bytes: an image file is needed"
  ),
  OddExample(image, "no feature 'label' or 'image/class/label'; it has 'image'"),
  OddExample(image + feature("label", [0x0A, 0x02, 0x0A, 0x00]), "feature 'label' is not one integer"),
  OddExample(image + feature("label", [0x1A, 0x04, 0x0A, 0x02, 1, 2]), "feature 'label' is not one integer"),
  OddExample(
    image + feature("label", [0x1A, 0x0C, 0x0A, 0x0A] + [UInt8](repeating: 0xFF, count: 9) + [1]),
    "its label is -1; it is to be the index of a class"
  ),
  OddExample(
    image + feature("label", [0x1A, 0x07, 0x0A, 0x05, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]),
    "its label is 4294967295; it is to be the index of a class"
  ),
]

// MARK: - Writing records, bit by bit

private let image = feature("image", [0x0A, 0x03, 0x0A, 0x01, 0x00])

/// An `Example` of one feature; its content follows.
private func feature(_ name: String, _ content: [UInt8]) -> [UInt8] {
  func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(bytes.count)] + bytes }
  return field(1, field(1, field(1, Array(name.utf8)) + field(2, content)))
}

private func record(_ data: [UInt8]) -> [UInt8] { header(UInt64(data.count)) + data + masked(data) }

private func header(_ length: UInt64) -> [UInt8] {
  let bytes = withUnsafeBytes(of: length.littleEndian, Array.init)
  return bytes + masked(bytes)
}

/// The masked CRC-32C, a bit at a time.
private func masked(_ bytes: [UInt8]) -> [UInt8] {
  var crc = ~UInt32(0)
  for byte in bytes {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
  }
  crc = ~crc
  return withUnsafeBytes(of: ((crc >> 15 | crc << 17) &+ 0xA282_EAD8).littleEndian, Array.init)
}

/// Where each record of a sound file ends.
private func recordEnds(of bytes: [UInt8]) -> [Int] {
  var ends: [Int] = []
  var offset = 0
  while offset < bytes.count {
    offset += 16 + Int(bytes[offset]) + Int(bytes[offset + 1]) << 8
    ends.append(offset)
  }
  return ends
}
