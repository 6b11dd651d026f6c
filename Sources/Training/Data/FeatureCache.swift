import ModelGraph
import SystemFiles

/// Features of whole lists of images, kept on disk from run to run.
///
/// An entry is found by a digest of all that it depends on; see ``FeatureExtraction``. Its file: 8 letters, the number of
/// images and the floats of each, the place of each image in its list (64-bit, little-endian), then from a page's
/// boundary on the features, and behind them the SHA-256 of all that in hexadecimal. What is cut, damaged or of
/// another size is as good as absent. A folder that cannot be read or written costs time and no more.
public struct FeatureCache: Sendable, Hashable {
  private let folder: String
  /// Bytes of all entries together; those that were used longest ago make room.
  private let capacity: Int

  public init(folder: String, capacity: Int = 4_000_000_000) {
    self.folder = folder
    self.capacity = capacity
  }

  /// The entry of a key, for at most `images` images of `floats` floats each.
  ///
  /// - Parameter keepsMemory: Whether what is read of the file may stay in memory.
  func find(_ key: String, images: Int, floats: Int, keepsMemory: Bool) -> StoredFeatures? {
    let path = path(of: key)
    guard let file = try? MappedFile(path: path, readsAll: keepsMemory),
      let stored = StoredFeatures(file, images: images, floats: floats, keepsMemory: keepsMemory)
    else { return nil }
    Folders.touch(path)
    return stored
  }

  /// - Parameters:
  ///   - sources: The place of each image in its list.
  ///   - records: Their features, one after another.
  ///   - release: Called when a piece of them has been read.
  func keep(
    _ records: UnsafeRawBufferPointer, sources: [Int], floats: Int, as key: String,
    release: () -> Void
  ) {
    let head = StoredFeatures.head(sources: sources, floats: floats)
    let count = head.count + records.count + StoredFeatures.digestLength
    guard count <= capacity else { return }
    try? Folders.create(folder)
    makeRoom(for: count)
    try? AtomicFile.write(to: path(of: key)) { writer in
      var digest = Digest()
      digest.update(head)
      try writer.append(head)
      for piece in records.pieces {
        digest.update(piece)
        try writer.append(piece)
        release()
      }
      try writer.append(Array(digest.hex().utf8))
    }
  }

  private func makeRoom(for count: Int) {
    let entries = Folders.files(in: folder).filter { $0.path.hasSuffix(FeatureCache.suffix) }
    var total = entries.reduce(count) { $0 + $1.count }
    for entry in entries where total > capacity {
      try? AtomicFile.remove(entry.path)
      total -= entry.count
    }
  }

  private static let suffix = ".features"

  private func path(of key: String) -> String { "\(folder)/\(key)\(FeatureCache.suffix)" }
}

/// An entry of the cache.
struct StoredFeatures {
  static let digestLength = 64

  /// The place of each image in its list, ascending.
  let sources: [Int]
  let file: MappedFile
  /// Where the features begin in the file.
  let offset: Int

  private static let magic = Array("MLPKFEA1".utf8)
  private static let page = 4096

  /// - Returns: nil where the file is no sound entry of at most `images` images.
  fileprivate init?(_ file: MappedFile, images: Int, floats: Int, keepsMemory: Bool) {
    let sources = file.withUnsafeBytes { bytes in
      StoredFeatures.sources(bytes, images: images, floats: floats) { if !keepsMemory { file.release() } }
    }
    guard let sources else { return nil }
    self.sources = sources
    self.file = file
    offset = StoredFeatures.head(sources: sources, floats: floats).count
  }

  private static func sources(
    _ bytes: UnsafeRawBufferPointer, images: Int, floats: Int, release: () -> Void
  ) -> [Int]? {
    let front = magic.count + 16
    guard bytes.count > front + digestLength else { return nil }
    func number(_ index: Int) -> Int? {
      let stored = bytes.loadUnaligned(fromByteOffset: magic.count + 8 * index, as: UInt64.self)
      return Int(exactly: UInt64(littleEndian: stored))
    }
    guard let count = number(0), (1...images).contains(count), number(1) == floats,
      front + 8 * count <= bytes.count
    else { return nil }
    let sources = (0..<count).compactMap { number(2 + $0) }
    let head = head(sources: sources, floats: floats)
    let body = UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - digestLength)])
    guard sources.count == count, zip(sources, sources.dropFirst()).allSatisfy({ $0 < $1 }),
      sources.allSatisfy({ $0 < images }), body.count == head.count + 4 * count * floats,
      head.elementsEqual(body[..<head.count])
    else { return nil }
    var digest = Digest()
    for piece in body.pieces {
      digest.update(piece)
      release()
    }
    return Array(digest.hex().utf8) == Array(bytes[body.count...]) ? sources : nil
  }

  /// What stands before the features, filled up to a page's boundary.
  fileprivate static func head(sources: [Int], floats: Int) -> [UInt8] {
    var head = magic
    for number in [sources.count, floats] + sources {
      withUnsafeBytes(of: UInt64(number).littleEndian) { head += $0 }
    }
    return head + [UInt8](repeating: 0, count: (page - head.count % page) % page)
  }
}

extension UnsafeRawBufferPointer {
  /// The bytes, a megabyte at a time.
  fileprivate var pieces: some Sequence<UnsafeRawBufferPointer> {
    stride(from: 0, to: count, by: 1 << 20).lazy.map { start in
      UnsafeRawBufferPointer(rebasing: self[start..<Swift.min(start + 1 << 20, count)])
    }
  }
}
