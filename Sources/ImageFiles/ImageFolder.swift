/// A folder of images, whatever folders they lie in.
public enum ImageFolder {
  /// The images in the folder at `path` or below it, by folder, then by name, in byte order.
  ///
  /// Which files are images, and what is followed, is as for the class folders of a ``LabelledDataset``.
  static func images(below path: FilePath) throws(DatasetError) -> [FilePath] {
    var found: [(folder: FilePath, names: [FilePath])] = []
    var seen: Set<FileIdentity> = []
    var waiting = [path]
    while let folder = waiting.popLast() {
      guard let identity = FileIdentity(folder: folder), seen.insert(identity).inserted else { continue }
      let listing = try DirectoryListing(folder)
      found.append((folder, listing.files.filter(ImageNames.accepts)))
      waiting += listing.folders.reversed().map { folder.appending($0) }
    }
    found.sort { $0.folder < $1.folder }
    return found.flatMap { folder, names in names.map { folder.appending($0) } }
  }

  /// The images of a folder, with class folders or without, or of whatever else ``LabelledDataset`` reads.
  public static func images(at path: FilePath) throws(DatasetError) -> [ImageReference] {
    guard case .classFolders = try DataSource(at: path) else {
      return try LabelledDataset(at: path).images.map(\.image)
    }
    return try images(below: path).map { ImageReference($0) }
  }
}
