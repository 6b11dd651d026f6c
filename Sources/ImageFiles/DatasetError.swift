/// Why a folder cannot be used as a labelled set of images.
public enum DatasetError: Error, Sendable, Hashable, CustomStringConvertible {
  case notFound(folder: String)
  case cannotRead(folder: String, why: String)
  case notAFolder(String)
  /// No class folders; `looseImages` is how many images lie in the folder itself.
  case noClasses(folder: String, looseImages: Int)
  case classesWithoutImages(folder: String, classes: [String])
  /// Two class folders whose names are the same text, written in different bytes.
  case ambiguousClass(folder: String, name: String)
  /// The class folders are not those of the labels.
  case classesDiffer(folder: String, missing: [String], unknown: [String])
  /// Two expected labels are the same, so that no folder can be told to be one of them.
  case repeatedLabel(folder: String, label: String)
  /// No share between 0 and 1 exclusive.
  case badFraction(Double)
  /// A part of the split would be empty.
  case tooFewImages(Int, why: String)

  public var description: String {
    switch self {
    case .notFound(let folder): "\(folder): no such folder"
    case .cannotRead(let folder, let why): "\(folder): cannot be read: \(why)"
    case .notAFolder(let path): "\(path): not a folder; a folder with one folder of images a class is needed"
    case .noClasses(let folder, 0):
      "\(folder): no class folders; put the images of each class into a folder of its name"
    case .noClasses(let folder, let images):
      "\(folder): \(images) images but no class folders; put those of each class into a folder of its name"
    case .classesWithoutImages(let folder, let classes):
      "\(folder): no images (\(ImageNames.list)) in \(Self.quoted(classes)); add some, or remove the folder"
    case .ambiguousClass(let folder, let name):
      "\(folder): more than one class folder is named '\(name)'; rename all but one"
    case .classesDiffer(let folder, let missing, let unknown):
      "\(folder): its class folders are not the labels: "
        + [("missing", missing), ("unknown", unknown)]
        .filter { !$0.1.isEmpty }.map { "\($0.0) \(Self.quoted($0.1))" }.joined(separator: "; ")
    case .repeatedLabel(let folder, let label):
      "\(folder): two labels are '\(label)'; class folders cannot tell them apart"
    case .badFraction(let fraction): "a validation split of \(fraction) is not between 0 and 1"
    case .tooFewImages(let count, let why): "\(count) images are too few to split: \(why)"
    }
  }

  /// At most eight names, so that a message stays a line.
  private static func quoted(_ names: [String]) -> String {
    let shown = names.prefix(8).map { "'\($0)'" }.joined(separator: ", ")
    return names.count > 8 ? shown + " and \(names.count - 8) more" : shown
  }
}
