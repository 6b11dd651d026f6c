/// One image of a labelled set.
public struct LabelledImage: Sendable, Hashable {
  public let image: ImageReference
  /// Index into the set's labels.
  public let label: Int

  public init(image: ImageReference, label: Int) {
    self.image = image
    self.label = label
  }
}

/// Images of known classes, wherever they lie: in class folders, in a CSV manifest's files, or in TFRecord
/// files.
///
/// - A folder with one folder a class, as Keras's `image_dataset_from_directory` reads it. Images are the
///   files whose names end as Keras asks, or in .webp (.bmp .gif .jpeg .jpg .png .webp in any case), in a
///   class's folder or below it. Hidden files and folders are left out; symbolic links are followed, but no
///   folder is read twice for one class. Every class has an image. Classes come in byte order, the images of
///   a class by folder, then by name.
/// - A CSV manifest (RFC 4180, UTF-8) whose header names a column `path` (or `file`, or `image`) and a column
///   `label`; others are ignored. Paths are relative to the manifest's folder, labels are the names of the
///   classes. Classes come in byte order, or by number where all are whole numbers; images in the order of
///   the lines.
/// - A TFRecord file of `tf.train.Example`, or a folder of those that TensorFlow Datasets writes, in the
///   order of shards and records. A folder with several splits stands for its `train`; another is named as if
///   it were a file of the folder: `flowers/3.0.1/test`. The names of the classes are, in this order of
///   preference: the lines of `label.labels.txt` beside the files, line k for label k; the `image/class/text`
///   of the records, in the order of their labels; the expected labels, the k-th for label k; or the numbers
///   from 0 to the largest label.
public struct LabelledDataset: Sendable {
  public let path: FilePath
  /// The names of the classes; those that were expected, in their order, where any were.
  public let labels: [String]
  /// In an order that follows from the files alone.
  public let images: [LabelledImage]

  /// Lists the images; none is decoded. TFRecord files are read through once, and every checksum is looked
  /// at.
  ///
  /// - Parameter labels: The class names that it must have, in the order of their indices; nil takes what is
  ///   there.
  public init(at path: FilePath, expecting labels: [String]? = nil) throws(DatasetError) {
    switch try DataSource(at: path) {
    case .classFolders(let listing):
      self = try ClassFolders(in: path, listing).dataset(expecting: labels)
    case .manifest:
      self = try CSVManifest(at: path).dataset(expecting: labels)
    case .records(let shards):
      self = try TFRecordDataset(shards, at: path).dataset(expecting: labels)
    }
  }

  init(path: FilePath, labels: [String], images: [LabelledImage]) {
    self.path = path
    self.labels = labels
    self.images = images
  }
}
