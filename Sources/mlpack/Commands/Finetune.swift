import ArgumentParser
import Engine
import ImageFiles
import ModelGraph
import OpenCL
import PackFile
import SystemFiles
import Training

struct Finetune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune",
    abstract: "Train what the freeze mask leaves trainable, on an OpenCL device.",
    discussion: """
      The data is a folder with a folder of images for each class, as Keras's image_dataset_from_directory \
      reads it. The output is written at the end, whole or not at all.
      """)

  @Argument(help: ArgumentHelp("The pack to start from.", valueName: "pack"))
  var pack: String

  @Option(help: DataHelp.images("The images to train on"))
  var data: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The pack to write.", valueName: "pack"))
  var output: String

  @Option(help: DataHelp.images("Images to validate on"))
  var validationData: String?

  @Option(
    help: ArgumentHelp("The share of the images that validates instead of training.", valueName: "share"))
  var validationSplit: Double?

  @Flag(help: "Train whole batches only; the images left over validate.")
  var dropRemainder = false

  @Flag(help: "Train in the order of the sorted paths, every epoch.")
  var noShuffle = false

  @Option(help: ArgumentHelp("Passes over the training images.", valueName: "n"))
  var epochs = 100

  @Option(help: ArgumentHelp("Images an update.", valueName: "n"))
  var batchSize = 163

  @Option(help: ArgumentHelp("Length of a step along the gradient.", valueName: "rate"))
  var learningRate: Float = 0.003

  @OptionGroup var randomness: SeedOption

  @Option(help: ArgumentHelp("What is trained, instead of the pack's own mask.", valueName: "mask"))
  var train: String?

  @Option(help: ArgumentHelp("Write a line of JSON an epoch to this file.", valueName: "file.jsonl"))
  var log: String?

  @OptionGroup var device: DeviceOption

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if validationData != nil && validationSplit != nil {
      throw ValidationError("--validation-data and --validation-split contradict each other; give one")
    }
    if let validationSplit, !(validationSplit > 0 && validationSplit < 1) {
      throw ValidationError("--validation-split must lie between 0 and 1")
    }
    guard (1...1_000_000_000).contains(epochs) else {
      throw ValidationError("--epochs must be between 1 and 1000000000")
    }
    guard (1...1_000_000).contains(batchSize) else {
      throw ValidationError("--batch-size must be between 1 and 1000000")
    }
    if let log {
      for other in [pack, output] where Paths.areSame(log, other) {
        throw ValidationError("--log would overwrite '\(other)'")
      }
    }
    guard learningRate > 0, learningRate.isFinite else {
      throw ValidationError("--learning-rate must be positive")
    }
  }

  func run() throws {
    let data = try readData()
    try AtomicFile.check(writable: output)
    let log = try log.map { (path) throws(FileError) in try LineFile(creating: path) }
    let device = try device.open()
    if !verbosity.quiet { StandardError.write(opening(data, on: device.info)) }
    var progress = TrainingProgress(quiet: verbosity.quiet, epochs: epochs, log: log)
    progress.prepare(device.info)
    let trainer = try Trainer(
      pack: data.pack, training: data.training, validation: data.validation, options: options, device: device)
    progress.begin()
    let tuned = try trainer.run { event in try progress.report(event) }
    try PackFile.write(tuned, to: output)
    guard !verbosity.quiet else { return }
    try StandardOutput.write("wrote \(printable(output))\(progress.outcome)\n")
  }

  /// The pack and the images, as the options ask for them.
  private func readData() throws -> TrainingData {
    let start = try PackFile.read(pack)
    let dataset = try start.labelledDataset(at: data)
    let fitting = try blaming(pack) { try masked(start.fitting(dataset, seed: randomness.seed)) }
    var (training, validation) = try split(dataset.images)
    if let validationData { validation += try fitting.labelledDataset(at: validationData).images }
    return TrainingData(pack: fitting, training: training, validation: validation)
  }

  private func masked(_ pack: Pack) throws -> Pack {
    try train.map { try pack.refrozen(FreezeMask(parsing: $0, in: pack.graph)) } ?? pack
  }

  private func split(_ files: [LabelledImage]) throws(DatasetError) -> ([LabelledImage], [LabelledImage]) {
    let hasRemainder = dropRemainder && files.count % batchSize != 0
    // A share too small for one image leaves the remainder alone to validation.
    guard let share = validationSplit ?? (hasRemainder ? .leastNormalMagnitude : nil) else {
      return (files, [])
    }
    var generator = SplitMix64(seed: randomness.seed)
    let split = try Split.shuffled(
      files, validationFraction: share, using: &generator, dropRemainderOf: dropRemainder ? batchSize : nil)
    return (split.training, split.validation)
  }

  private func opening(_ data: TrainingData, on device: DeviceInfo) -> String {
    let graph = data.pack.graph
    let trained = grouped(data.pack.mask.trainableParameterCount(in: graph))
    let (training, validation) = (grouped(data.training.count), grouped(data.validation.count))
    let mask = data.pack.mask.summary(in: graph)
    let rows = [
      ("network", graph.outline), ("classes", listed(data.pack.labels)),
      ("trains", "\(mask): \(trained) of \(counted(graph.parameterCount, "parameter"))"),
      ("images", "\(training) to train, \(validation) to validate; \(batchSize) a batch"),
    ]
    return (rows + device.rows.prefix(verbosity.verbose ? .max : 1)).map { aligned($0.0, $0.1) }.joined()
  }

  private var options: TrainingOptions {
    var options = TrainingOptions()
    options.epochs = epochs
    options.batchSize = batchSize
    options.learningRate = learningRate
    options.seed = randomness.seed
    options.shuffle = !noShuffle
    options.scratchFolders = [Terminal.environment("TMPDIR") ?? "/var/tmp"]
    return options
  }
}
