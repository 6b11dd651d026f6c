import ImageFiles
import ModelGraph

/// The images of a fine-tuning run, and the pack as their classes want it.
struct TrainingData {
  let pack: Pack
  let training: [LabelledImage]
  let validation: [LabelledImage]

  /// How the training images are spread over the classes.
  var balance: ClassBalance { ClassBalance(of: training, classes: pack.labels.count) }
}

extension Pack {
  /// The images at `path`, whose classes must be those of the labels where there are any.
  func labelledDataset(at path: String) throws(DatasetError) -> LabelledDataset {
    try LabelledDataset(at: FilePath.arguments([path])[0], expecting: labels.isEmpty ? nil : labels)
  }

  /// This pack for the classes of `dataset`: with a new classifier where it has none, with their names.
  ///
  /// - Throws: `CommandError` where the classifier is for another number of classes.
  func fitting(_ dataset: LabelledDataset, seed: UInt64) throws -> Pack {
    let names = dataset.labels
    guard let classes = graph.classCount else {
      return try withHead(labels: names, seed: seed)
    }
    guard classes == names.count else {
      throw CommandError.data(
        "\(dataset.path): \(counted(names.count, "class", "classes")), but the pack tells \(classes) classes apart; "
          + "import its source again with --classes \(names.count)")
    }
    var named = self
    named.labels = names
    return named
  }
}
