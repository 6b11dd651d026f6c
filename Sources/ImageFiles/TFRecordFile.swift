/// The records of a TFRecord file, one after another, each with its checksums looked at.
///
/// A record is a length of eight bytes, the masked CRC-32C of those, as many bytes of data, and the masked
/// CRC-32C of the data, all little-endian: tensorflow/core/lib/io/record_writer.h.
struct TFRecordFile: ~Copyable {
  struct Record {
    /// From 1.
    let number: Int
    /// Where the data begins in the file.
    let offset: Int
    let data: [UInt8]
  }

  private static let headerBytes = 12
  private static let footerBytes = 4

  private let file: OpenFile
  private let size: Int
  private var position = 0
  private var number = 0

  init(_ path: FilePath) throws(DatasetError) {
    let file = try Self.opened(path)
    do { size = try file.size() } catch { throw DatasetError(error) }
    self.file = file
  }

  private static func opened(_ path: FilePath) throws(DatasetError) -> OpenFile {
    do { return try OpenFile(path) } catch { throw DatasetError(error) }
  }

  /// Whether the file is meant to be one: by its name, or by the checksum of its first length.
  static func isOne(_ path: FilePath) throws(DatasetError) -> Bool {
    if RecordShard(path.lastName) != nil { return true }
    let file = try TFRecordFile(path)
    return Self.length(in: try file.read(count: Self.headerBytes)) != nil
  }

  /// The next record; nil at the end of the file.
  mutating func next() throws(DatasetError) -> Record? {
    guard position < size else { return nil }
    number += 1
    let header = try read(count: Self.headerBytes)
    if number == 1, header.starts(with: [0x1F, 0x8B]) {
      throw fault("the file is compressed; expand it first")
    }
    guard header.count == Self.headerBytes else { throw fault("the file ends within its length") }
    guard let length = Self.length(in: header) else {
      throw fault("its length does not match its checksum; the file is damaged, or no TFRecord file")
    }
    let left = size - position - Self.headerBytes
    guard let count = Int(exactly: length), count <= left - Self.footerBytes else {
      throw fault("it says that it holds \(length) bytes, but the file ends after \(left)")
    }
    guard count <= ImageLimits.fileBytes else { throw fault("\(count) bytes; 1 GiB is possible") }
    position += Self.headerBytes
    var data = try read(count: count + Self.footerBytes)
    guard data.count == count + Self.footerBytes, Self.endsInChecksum(data) else {
      throw fault("its data does not match its checksum")
    }
    data.removeLast(Self.footerBytes)
    defer { position += count + Self.footerBytes }
    return Record(number: number, offset: position, data: data)
  }

  private func read(count: Int) throws(DatasetError) -> [UInt8] {
    do { return try file.read(count: count, at: position) } catch { throw DatasetError(error) }
  }

  private func fault(_ why: String) -> DatasetError {
    .badRecord(file: file.path.description, record: number, why: why)
  }

  /// The length in a header, if it is whole and sound.
  private static func length(in header: [UInt8]) -> UInt64? {
    guard header.count == headerBytes else { return nil }
    return header.withUnsafeBytes { bytes in
      let checksum = bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self).littleEndian
      guard CRC32C.masked(UnsafeRawBufferPointer(rebasing: bytes[..<8])) == checksum else { return nil }
      return bytes.loadUnaligned(as: UInt64.self).littleEndian
    }
  }

  /// Whether the last four bytes are the checksum of the others.
  private static func endsInChecksum(_ body: [UInt8]) -> Bool {
    body.withUnsafeBytes { bytes in
      let count = bytes.count - footerBytes
      let checksum = bytes.loadUnaligned(fromByteOffset: count, as: UInt32.self).littleEndian
      return CRC32C.masked(UnsafeRawBufferPointer(rebasing: bytes[..<count])) == checksum
    }
  }
}
