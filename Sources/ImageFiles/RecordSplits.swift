/// The name of a TFRecord file, taken apart: `flowers-train.tfrecord-00001-of-00004`, or without the shard's
/// number.
struct RecordShard {
  /// What comes before `.tfrecord`.
  let prefix: String
  let index: Int
  /// How many shards there are; nil for a file that is whole.
  let count: Int?

  private static let suffixes = [".tfrecord", ".tfrecords"]

  /// - Returns: nil for another kind of name.
  init?(_ name: FilePath) {
    let text = name.description
    for suffix in Self.suffixes where text.hasSuffix(suffix) && text != suffix {
      (prefix, index, count) = (String(text.dropLast(suffix.count)), 0, nil)
      return
    }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 4, parts[parts.count - 2] == "of", let count = Self.number(parts[parts.count - 1]),
      let index = Self.number(parts[parts.count - 3]), index < count
    else { return nil }
    let stem = parts.dropLast(3).joined(separator: "-")
    guard let suffix = Self.suffixes.first(where: stem.hasSuffix) else { return nil }
    (prefix, self.index, self.count) = (String(stem.dropLast(suffix.count)), index, count)
  }

  /// TensorFlow writes five digits or more.
  private static func number(_ digits: Substring) -> Int? {
    digits.utf8.count >= 5 && digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(digits) : nil
  }
}

/// The splits of a data set whose TFRecord files lie in one folder.
struct RecordSplits {
  private struct Split {
    let name: String
    let count: Int?
    var shards: [Int: FilePath] = [:]
  }

  private let folder: FilePath
  /// By name.
  private var splits: [Split] = []

  init(of listing: DirectoryListing, in folder: FilePath) {
    self.folder = folder
    for file in listing.files {
      guard let shard = RecordShard(file) else { continue }
      let known = splits.firstIndex { $0.name == shard.prefix && $0.count == shard.count }
      let place = known ?? splits.endIndex
      if known == nil { splits.append(Split(name: shard.prefix, count: shard.count)) }
      splits[place].shards[shard.index] = folder.appending(file)
    }
    splits.sort { $0.name < $1.name }
  }

  var isEmpty: Bool { splits.isEmpty }

  /// The files of the only split, or of the one that is to train on.
  func training() throws(DatasetError) -> [FilePath] {
    if splits.count == 1 { return try files(of: splits[0]) }
    guard let files = try files(named: "train") else { throw ambiguity }
    return files
  }

  /// The files of the split that `path` names, as if it were a file in their folder: by all that comes before
  /// `.tfrecord`, or by what follows the last dash of that.
  static func named(_ path: FilePath) throws(DatasetError) -> [FilePath] {
    let notFound = DatasetError.notFound(path: path.description)
    guard FileIdentity(folder: path.folder) != nil else { throw notFound }
    let splits = RecordSplits(of: try DirectoryListing(path.folder), in: path.folder)
    guard let files = try splits.files(named: path.lastName.description) else { throw notFound }
    return files
  }

  /// - Returns: nil where no split is called so.
  private func files(named name: String) throws(DatasetError) -> [FilePath]? {
    let matches = splits.filter { $0.name == name || $0.name.hasSuffix("-" + name) }
    guard matches.count <= 1 else { throw ambiguity }
    guard let split = matches.first else { return nil }
    return try files(of: split)
  }

  private var ambiguity: DatasetError {
    .ambiguousSplit(folder: folder.description, splits: splits.map(\.name))
  }

  /// All of them in order, if none is missing.
  private func files(of split: Split) throws(DatasetError) -> [FilePath] {
    let missing = split.count.map { count in
      (0..<count).lazy.filter { split.shards[$0] == nil }.prefix(9).map {
        "\(split.name), shard \($0) of \(count)"
      }
    }
    if let missing, !missing.isEmpty {
      throw .missingShards(folder: folder.description, names: Array(missing))
    }
    return split.shards.sorted { $0.key < $1.key }.map(\.value)
  }
}
