/// One image of a labelled set.
public struct LabelledFile: Sendable, Hashable {
  public let path: FilePath
  /// Index into the set's class names.
  public let label: Int

  public init(path: FilePath, label: Int) {
    self.path = path
    self.label = label
  }
}

/// A folder of images with one folder a class, as Keras's `image_dataset_from_directory` reads it.
///
/// Images are the files whose names end as Keras asks (.bmp .gif .jpeg .jpg .png in any case), in a class's
/// folder or below it. Hidden files and folders are left out; symbolic links are followed, but no folder is
/// read twice for one class. There are at least one class and, in every class, one image.
public struct LabelledFolder: Sendable {
  public let path: FilePath
  /// In byte order; in the order of the expected labels where there are such.
  public let classNames: [String]
  /// Classes in order; in a class by folder, then by name, in byte order, as Keras does without shuffling.
  public let files: [LabelledFile]

  /// Lists the folder; no image is opened.
  ///
  /// - Parameter labels: The class names that it must have, in the order of their indices; nil takes what is
  ///   there.
  public init(path: FilePath, expecting labels: [String]? = nil) throws(DatasetError) {
    let folders = try ClassFolders(in: path)
    let names = labels ?? folders.names
    try folders.check(against: names)
    var files: [LabelledFile] = []
    var empty: [String] = []
    for (label, name) in names.enumerated() {
      let images = try ImageFolder.images(below: folders.paths[name] ?? path)
      if images.isEmpty { empty.append(name) }
      files += images.map { LabelledFile(path: $0, label: label) }
    }
    guard empty.isEmpty else { throw .classesWithoutImages(folder: path.description, classes: empty) }
    self.path = path
    self.classNames = names
    self.files = files
  }

  /// How many images each class has, in the order of `classNames`.
  public var imageCounts: [Int] {
    files.reduce(into: [Int](repeating: 0, count: classNames.count)) { $0[$1.label] += 1 }
  }
}

/// The folders in a folder, by name.
private struct ClassFolders {
  let root: FilePath
  /// In byte order.
  private(set) var names: [String] = []
  private(set) var paths: [String: FilePath] = [:]

  init(in root: FilePath) throws(DatasetError) {
    let listing = try DirectoryListing(root)
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

  /// That the folders are those of the labels, each once.
  func check(against labels: [String]) throws(DatasetError) {
    var expected: Set<String> = []
    for label in labels where !expected.insert(label).inserted {
      throw .repeatedLabel(folder: root.description, label: label)
    }
    let missing = labels.filter { paths[$0] == nil }
    let unknown = names.filter { !expected.contains($0) }
    guard missing.isEmpty && unknown.isEmpty else {
      throw .classesDiffer(folder: root.description, missing: missing, unknown: unknown)
    }
  }
}
