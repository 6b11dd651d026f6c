import ArgumentParser
import ImageFiles
import ModelGraph
import PackFile
import Training

/// The images of a run, and how they are divided.
struct DataOptions: ParsableArguments {
  @Option(help: DataHelp.images("The images to train on"))
  var data: String

  @Option(help: DataHelp.images("Images to validate on"))
  var validationData: String?

  @Option(
    help: ArgumentHelp("The share of the images that validates instead of training.", valueName: "share"))
  var validationSplit: Double?

  @Flag(help: "Train whole batches only; the images left over validate.")
  var dropRemainder = false

  @Flag(help: "Train in the order of the sorted paths, every epoch.")
  var noShuffle = false

  @OptionGroup var fitting: FittingOption

  @Option(
    help: ArgumentHelp(
      "How training images are varied: a list of flip, crop, color and rotate.", valueName: "list"),
    transform: Augmentation.init(parsing:))
  var augment: Augmentation = []

  func validate() throws {
    if validationData != nil && validationSplit != nil {
      throw ValidationError("--validation-data and --validation-split contradict each other; give one")
    }
    if let validationSplit, !(validationSplit > 0 && validationSplit < 1) {
      throw ValidationError("--validation-split must lie between 0 and 1")
    }
  }

  var settings: ImageSettings {
    var settings = ImageSettings()
    settings.fitting = fitting.fit
    settings.augmentation = augment
    return settings
  }

  /// For people: flip, crop.
  var augmentSummary: String {
    let names = Augmentation.named.filter { augment.contains($0.augmentation) }.map(\.name)
    return names.isEmpty ? "none" : names.joined(separator: ", ")
  }

  /// The pack at `path` as the classes of the images want it, under the mask `train` where there is one, and the
  /// images in two parts.
  func read(_ path: String, train: String?, batchSize: Int, seed: UInt64) throws -> TrainingData {
    let start = try Pack(reading: path)
    let dataset = try start.labelledDataset(at: data)
    let pack = try blaming(path) {
      let fitting = try start.fitting(dataset, seed: seed)
      return try train.map { try fitting.refrozen(FreezeMask(parsing: $0, in: fitting.graph)) } ?? fitting
    }
    var (training, validation) = try split(dataset.images, batchSize, seed)
    if let validationData { validation += try pack.labelledDataset(at: validationData).images }
    return TrainingData(pack: pack, training: training, validation: validation)
  }

  private func split(
    _ images: [LabelledImage], _ batchSize: Int, _ seed: UInt64
  ) throws(DatasetError) -> ([LabelledImage], [LabelledImage]) {
    let hasRemainder = dropRemainder && images.count % batchSize != 0
    // A share too small for one image leaves the remainder alone to validation.
    guard let share = validationSplit ?? (hasRemainder ? .leastNormalMagnitude : nil) else {
      return (images, [])
    }
    var generator = SplitMix64(seed: seed)
    let split = try Split.shuffled(
      images, validationFraction: share, using: &generator, dropRemainderOf: dropRemainder ? batchSize : nil)
    return (split.training, split.validation)
  }
}

extension Augmentation {
  /// `flip,crop,color,rotate`, or some of them.
  fileprivate init(parsing list: String) throws {
    self = []
    for name in list.split(separator: ",", omittingEmptySubsequences: false) {
      guard let known = Augmentation.named.first(where: { $0.name == name }) else {
        let names = Augmentation.named.map(\.name).joined(separator: ", ")
        throw ValidationError("'\(name)' is none of \(names)")
      }
      insert(known.augmentation)
    }
  }
}
