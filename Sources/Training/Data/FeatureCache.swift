import Engine
import SystemFiles

/// Features of whole lists of images, kept on disk from run to run.
///
/// An entry is found by a digest of all that it depends on; see ``FeatureExtraction``. Its file: 8 letters, the number of
/// images, the numbers of each and the bytes of each number (4: `float32`, 2: `float16`), the place of each image in its
/// list (all of them 64-bit, little-endian), then from a page's boundary on the features, and behind them a digest of
/// the key and all that; see ``SealedPieces``. What is cut, damaged or of another key is as good as absent. A folder that cannot be
/// read or written costs time and no more.
public struct FeatureCache: Sendable, Hashable {
  private let folder: String
  /// Bytes of all entries together; those that were used longest ago make room.
  private let capacity: Int

  public init(folder: String, capacity: Int = 4_000_000_000) {
    self.folder = folder
    self.capacity = capacity
  }

  /// The entry of a key, for at most `images` images.
  ///
  /// - Parameter keepsMemory: Whether what is read of the file may stay in memory.
  func find(_ key: String, images: Int, of form: RecordForm, keepsMemory: Bool) -> StoredFeatures? {
    let path = path(of: key)
    guard let file = try? MappedFile(path: path) else { return nil }
    file.expectRandomAccess()
    guard
      let stored = StoredFeatures(file, key, images: images, of: form, keepsMemory: keepsMemory)
    else { return nil }
    Folders.touch(path)
    return stored
  }

  /// - Parameters:
  ///   - sources: The place of each image in its list.
  ///   - records: Their features, one after another.
  ///   - release: Called when a part of them has been read.
  func keep(
    _ records: UnsafeRawBufferPointer, sources: [Int], of form: RecordForm, as key: String,
    release: () -> Void
  ) {
    let head = StoredFeatures.head(sources: sources, form)
    let count = head.count + records.count + SealedPieces.digestLength
    guard count <= capacity else { return }
    try? Folders.create(folder)
    makeRoom(for: count)
    try? AtomicFile.write(to: path(of: key), isReadInParts: true) { writer in
      try writer.append(head)
      var seal = SealedPieces(key: key, head: head)
      try seal.update(records) { pieces in
        try writer.append(pieces)
        release()
      }
      try writer.append(seal.digest())
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

/// What the features of one image are.
struct RecordForm: Hashable {
  /// Numbers.
  let count: Int
  let precision: FeaturePrecision

  var byteCount: Int { count * precision.byteCount }
}

/// An entry of the cache.
struct StoredFeatures {
  /// The place of each image in its list, ascending.
  let sources: [Int]
  let file: MappedFile
  /// Where the features are in the file.
  let range: Range<Int>

  private static let magic = Array("MLPKFEA3".utf8)
  /// Numbers before the images' places.
  private static let counts = 3
  private static let page = 4096

  /// - Returns: nil where the file is no sound entry of the key with at most `images` images.
  fileprivate init?(_ file: MappedFile, _ key: String, images: Int, of form: RecordForm, keepsMemory: Bool) {
    let sources = file.withUnsafeBytes { StoredFeatures.sources($0, images: images, form) }
    guard let sources else { return nil }
    let head = StoredFeatures.head(sources: sources, form)
    let range = head.count..<head.count + sources.count * form.byteCount
    let isSound = file.withUnsafeBytes { bytes in
      guard bytes.count == range.upperBound + SealedPieces.digestLength,
        bytes[..<head.count].elementsEqual(head)
      else { return false }
      var seal = SealedPieces(key: key, head: head)
      seal.update(UnsafeRawBufferPointer(rebasing: bytes[range]), ahead: file.willRead) { _ in
        if !keepsMemory { file.release() }
      }
      return bytes[range.upperBound...].elementsEqual(seal.digest())
    }
    guard isSound else { return nil }
    self.sources = sources
    self.file = file
    self.range = range
  }

  /// The places that a file begins with; nil where they cannot be those of its kind.
  private static func sources(_ bytes: UnsafeRawBufferPointer, images: Int, _ form: RecordForm) -> [Int]? {
    let front = magic.count + 8 * counts
    guard bytes.count > front else { return nil }
    func number(_ index: Int) -> Int? {
      let stored = bytes.loadUnaligned(fromByteOffset: magic.count + 8 * index, as: UInt64.self)
      return Int(exactly: UInt64(littleEndian: stored))
    }
    guard let count = number(0), (1...images).contains(count), number(1) == form.count,
      number(2) == form.precision.byteCount, front + 8 * count <= bytes.count
    else { return nil }
    let sources = (0..<count).compactMap { number(counts + $0) }
    guard sources.count == count, zip(sources, sources.dropFirst()).allSatisfy({ $0 < $1 }),
      sources.allSatisfy({ $0 < images })
    else { return nil }
    return sources
  }

  /// What stands before the features, filled up to a page's boundary.
  fileprivate static func head(sources: [Int], _ form: RecordForm) -> [UInt8] {
    var head = magic
    for number in [sources.count, form.count, form.precision.byteCount] + sources {
      withUnsafeBytes(of: UInt64(number).littleEndian) { head += $0 }
    }
    return head + [UInt8](repeating: 0, count: (page - head.count % page) % page)
  }
}
