/// Why something cannot be used as a labelled set of images.
public enum DatasetError: Error, Sendable, Hashable, CustomStringConvertible {
  case notFound(path: String)
  case cannotRead(path: String, why: String)
  case notAFolder(String)
  /// No class folders; `looseImages` is how many images lie in the folder itself.
  case noClasses(folder: String, looseImages: Int)
  case classesWithoutImages(folder: String, classes: [String])
  /// Two class folders whose names are the same text, written in different bytes.
  case ambiguousClass(folder: String, name: String)
  /// The classes are not those of the labels.
  case classesDiffer(data: String, missing: [String], unknown: [String])
  /// Two labels are the same, so that nothing can be told to be of one of them.
  case repeatedLabel(data: String, label: String)
  /// A line of a CSV manifest, from 1, that is not what it should be.
  case badManifest(file: String, line: Int, why: String)
  /// A record of a TFRecord file, from 1, that is not what it should be.
  case badRecord(file: String, record: Int, why: String)
  /// TFRecord files of several splits, none of them `train`; the names are those that may be asked for.
  case ambiguousSplit(folder: String, splits: [String])
  case missingShards(folder: String, names: [String])
  /// No share between 0 and 1 exclusive.
  case badFraction(Double)
  /// A part of the split would be empty.
  case tooFewImages(Int, why: String)

  public var description: String {
    switch self {
    case .notFound(let path): "\(path): no such file or folder"
    case .cannotRead(let path, let why): "\(path): cannot be read: \(why)"
    case .notAFolder(let path): "\(path): not a folder; a folder with one folder of images a class is needed"
    case .noClasses(let folder, 0):
      "\(folder): no class folders; put the images of each class into a folder of its name"
    case .noClasses(let folder, let images):
      "\(folder): \(images) images but no class folders; put those of each class into a folder of its name"
    case .classesWithoutImages(let folder, let classes):
      "\(folder): no images (\(ImageNames.list)) in \(Self.quoted(classes)); add some, or remove the folder"
    case .ambiguousClass(let folder, let name):
      "\(folder): more than one class folder is named '\(name)'; rename all but one"
    case .classesDiffer(let data, let missing, let unknown):
      "\(data): its classes are not the labels: "
        + [("missing", missing), ("unknown", unknown)]
        .filter { !$0.1.isEmpty }.map { "\($0.0) \(Self.quoted($0.1))" }.joined(separator: "; ")
        + "; name them alike, or import with these as --labels"
    case .repeatedLabel(let data, let label):
      "\(data): two labels are '\(label)'; every class needs its own name"
    case .badManifest(let file, let line, let why): "\(file), line \(line): \(why)"
    case .badRecord(let file, let record, let why): "\(file), record \(record): \(why)"
    case .ambiguousSplit(let folder, let splits):
      "\(folder): several splits and none is 'train'; name one: \(Self.quoted(splits))"
    case .missingShards(let folder, let names):
      "\(folder): incomplete, missing \(Self.quoted(names)); fetch those too"
    case .badFraction(let fraction): "a validation split of \(fraction) is not between 0 and 1; 0.2 is usual"
    case .tooFewImages(let count, let why):
      "\(count) images are too few to split: \(why); add some, or choose another share"
    }
  }

  /// The same fault of a file that is no image.
  init(_ error: ImageError) {
    switch error {
    case .notFound(let file): self = .notFound(path: file)
    case .cannotRead(let file, let why): self = .cannotRead(path: file, why: why)
    case .notAnImage(let file): self = .cannotRead(path: file, why: "its content is not known")
    case .unsupported(let file, let what): self = .cannotRead(path: file, why: what)
    case .damaged(let file, _, let why), .tooLarge(let file, let why):
      self = .cannotRead(path: file, why: why)
    }
  }

  /// At most eight names, so that a message stays a line.
  private static func quoted(_ names: [String]) -> String {
    let shown = names.prefix(8).map { "'\($0)'" }.joined(separator: ", ")
    return names.count > 8 ? shown + " and \(names.count - 8) more" : shown
  }
}
