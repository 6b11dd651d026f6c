/// The folders in a folder, one a class.
struct ClassFolders {
  private let root: FilePath
  /// In byte order.
  private var names: [String] = []
  private var paths: [String: FilePath] = [:]

  init(in root: FilePath, _ listing: DirectoryListing) throws(DatasetError) {
    self.root = root
    guard !listing.folders.isEmpty else {
      let images = listing.files.count(where: ImageNames.accepts)
      throw .noClasses(folder: root.description, looseImages: images)
    }
    for folder in listing.folders {
      let name = folder.description
      guard paths.updateValue(root.appending(folder), forKey: name) == nil else {
        throw .ambiguousClass(folder: root.description, name: name)
      }
      names.append(name)
    }
  }

  func dataset(expecting labels: [String]?) throws(DatasetError) -> LabelledDataset {
    let classes = try ClassNames(found: names, expecting: labels, in: root)
    var images: [LabelledImage] = []
    var empty: [String] = []
    for (label, name) in classes.names.enumerated() {
      let found = try ImageFolder.images(below: paths[name] ?? root)
      if found.isEmpty { empty.append(name) }
      images += found.map { LabelledImage(image: ImageReference($0), label: label) }
    }
    guard empty.isEmpty else { throw .classesWithoutImages(folder: root.description, classes: empty) }
    return LabelledDataset(path: root, labels: classes.names, images: images)
  }
}
