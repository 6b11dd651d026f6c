import ImageFiles
import ModelGraph

/// The images of a fine-tuning run, and the pack as their classes want it.
struct TrainingData {
  let pack: Pack
  let training: [LabelledFile]
  let validation: [LabelledFile]

  /// Training images of each class.
  var imagesPerClass: [Int] {
    training.reduce(into: [Int](repeating: 0, count: pack.labels.count)) { $0[$1.label] += 1 }
  }
}

extension Pack {
  /// The folder at `path`, whose classes must be those of the labels where there are any.
  func labelledFolder(at path: String) throws(DatasetError) -> LabelledFolder {
    try LabelledFolder(path: FilePath(path), expecting: labels.isEmpty ? nil : labels)
  }

  /// This pack for the classes of `folder`: with a new classifier where it has none, with their names.
  ///
  /// - Throws: `CommandError` where the classifier is for another number of classes.
  func fitting(_ folder: LabelledFolder, seed: UInt64) throws -> Pack {
    let names = folder.classNames
    guard let classes = graph.classCount else {
      return try withHead(labels: names, seed: seed)
    }
    guard classes == names.count else {
      throw CommandError.data(
        "\(folder.path): \(counted(names.count, "class folder")), but the pack tells \(classes) classes apart; "
          + "import its source again with --classes \(names.count)")
    }
    var named = self
    named.labels = names
    return named
  }
}
