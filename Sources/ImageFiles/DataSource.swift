import Glibc

/// What kind of labelled set lies at a path.
enum DataSource {
  case classFolders(DirectoryListing)
  case manifest
  case records([FilePath])

  init(at path: FilePath) throws(DatasetError) {
    switch FileKind(path) {
    case .folder:
      let listing = try DirectoryListing(path)
      let splits = RecordSplits(of: listing, in: path)
      self = splits.isEmpty ? .classFolders(listing) : .records(try splits.training())
    case .other:
      self = try TFRecordFile.isOne(path) ? .records([path]) : .manifest
    case nil:
      self = .records(try RecordSplits.named(path))
    }
  }
}

/// What a path leads to.
enum FileKind {
  case folder
  case other

  /// - Returns: nil where it leads to nothing.
  init?(_ path: FilePath) {
    if FileIdentity(folder: path) != nil {
      self = .folder
    } else if path.withCString({ access($0, F_OK) }) == 0 {
      self = .other
    } else {
      return nil
    }
  }
}
