import ArgumentParser
import ImageFiles
import ModelGraph
import PackFile

/// The images of a run, and how they are divided.
struct DataOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The images to train on, a folder a class.", valueName: "folder"))
  var data: String

  @Option(help: ArgumentHelp("Images to validate on, a folder a class.", valueName: "folder"))
  var validationData: String?

  @Option(
    help: ArgumentHelp("The share of the images that validates instead of training.", valueName: "share"))
  var validationSplit: Double?

  @Flag(help: "Train whole batches only; the images left over validate.")
  var dropRemainder = false

  @Flag(help: "Train in the order of the sorted paths, every epoch.")
  var noShuffle = false

  func validate() throws {
    if validationData != nil && validationSplit != nil {
      throw ValidationError("--validation-data and --validation-split contradict each other; give one")
    }
    if let validationSplit, !(validationSplit > 0 && validationSplit < 1) {
      throw ValidationError("--validation-split must lie between 0 and 1")
    }
  }

  /// The pack at `path` as the classes of the images want it, under the mask `train` where there is one, and the
  /// images in two parts.
  func read(_ path: String, train: String?, batchSize: Int, seed: UInt64) throws -> TrainingData {
    let start = try PackFile.read(path)
    let folder = try start.labelledFolder(at: data)
    let pack = try blaming(path) {
      let fitting = try start.fitting(folder, seed: seed)
      return try train.map { try fitting.refrozen(FreezeMask(parsing: $0, in: fitting.graph)) } ?? fitting
    }
    var (training, validation) = try split(folder.files, batchSize, seed)
    if let validationData { validation += try pack.labelledFolder(at: validationData).files }
    return TrainingData(pack: pack, training: training, validation: validation)
  }

  private func split(
    _ files: [LabelledFile], _ batchSize: Int, _ seed: UInt64
  ) throws(DatasetError) -> ([LabelledFile], [LabelledFile]) {
    let hasRemainder = dropRemainder && files.count % batchSize != 0
    // A share too small for one image leaves the remainder alone to validation.
    guard let share = validationSplit ?? (hasRemainder ? .leastNormalMagnitude : nil) else {
      return (files, [])
    }
    var generator = SplitMix64(seed: seed)
    let split = try Split.shuffled(
      files, validationFraction: share, using: &generator, dropRemainderOf: dropRemainder ? batchSize : nil)
    return (split.training, split.validation)
  }
}
