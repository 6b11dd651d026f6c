import ArgumentParser
import Engine
import ImageFiles
import ModelGraph
import OpenCL
import PackFile
import Report
import SelfTest
import SystemFiles
import Training

struct Finetune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune",
    abstract: "Train what the freeze mask leaves trainable, on an OpenCL device.",
    usage: "mlpack finetune <pack> --data <data> --output <pack> [<options>]",
    discussion: """
      The output is written at the end, whole or not at all. A checkpoint beside it lets --resume go on \
      with a run that was interrupted, to the same bytes.
      """)

  @Argument(help: ArgumentHelp("The pack to start from.", valueName: "pack"))
  var pack: String

  @OptionGroup var images: DataOptions

  @Option(name: .shortAndLong, help: ArgumentHelp("The pack to write.", valueName: "pack"))
  var output: String

  @Option(help: ArgumentHelp("What is trained, instead of the pack's own mask.", valueName: "mask"))
  var train: String?

  @Option(help: ArgumentHelp("Images an update.", valueName: "n"))
  var batchSize = 163

  @OptionGroup var schedule: ScheduleOptions

  @OptionGroup var optimizer: OptimizerOptions

  @OptionGroup var loss: LossOptions

  @OptionGroup var stopping: StoppingOptions

  @OptionGroup var course: RunOptions

  @OptionGroup var randomness: SeedOption

  @Option(help: ArgumentHelp("Write a line of JSON an epoch to this file.", valueName: "file.jsonl"))
  var log: String?

  @Option(help: ArgumentHelp("Write a page that shows the run to this file.", valueName: "file.html"))
  var report: String?

  @OptionGroup var device: DeviceOption

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard (1...1_000_000).contains(batchSize) else {
      throw ValidationError("--batch-size must be between 1 and 1000000")
    }
    var others = [pack, output, checkpointPath]
    for (option, path) in [("--log", log), ("--report", report)] {
      guard let path else { continue }
      if let other = others.first(where: { Paths.leadToOneFile(path, $0) }) {
        throw ValidationError("\(option) would overwrite '\(other)'")
      }
      others.append(path)
    }
  }

  func run() throws {
    let data = try images.read(pack, train: train, batchSize: batchSize, seed: randomness.seed)
    // To the end: another run would have the same checkpoint.
    let claim = try OutputClaim(output)
    defer { withExtendedLifetime(claim) {} }
    if let report { try AtomicFile.check(writable: report) }
    let options = try options(for: data)
    let device = try device.open(quiet: verbosity.quiet)
    let kernels = KernelCatalogue(device, try .chosen(for: device))
    let control = try control(data, kernels.variant)
    var progress = TrainingProgress(quiet: verbosity.quiet, epochs: stopping.epochs)
    progress.prepare(device.info)
    try check(kernels, for: data.pack, options)
    let trainer = try Trainer(
      pack: data.pack, training: data.training, validation: data.validation, options: options,
      control: control, kernels: kernels)
    // What an earlier run logged stays until this one can begin.
    progress.begin(loggingTo: try log.map { (path) throws(FileError) in try LineFile(creating: path) })
    if !verbosity.quiet { StandardError.write(opening(data, trainer.memory, on: device.info)) }
    try progress.replay(control.resumed?.history ?? [])
    let outcome = try trainer.run { event in try progress.report(event) }
    try PackFile.write(outcome.pack, to: output)
    if let report {
      let page = RunReport(self, data, options, outcome, device.info, reading: progress.secondsOfReading)
      try AtomicFile.write(to: report) { writer in try writer.append(Array(page.html().utf8)) }
    }
    try CheckpointFile.remove(checkpointPath)
    guard !verbosity.quiet else { return }
    try StandardOutput.write("wrote \(printable(output))\(progress.outcome(keptEpoch: outcome.keptEpoch))\n")
  }

  /// Lets no kernel run that computes wrong numbers. What is not known of the device is found out, which takes a second.
  private func check(_ kernels: KernelCatalogue, for pack: Pack, _ options: TrainingOptions) throws {
    let findings = try SelfTest(kernels).vouch(
      for: pack, options.optimizer, options.loss, options.featurePrecision)
    guard let findings, !verbosity.quiet else { return }
    LiveLine.erase()
    let building = findings.secondsOfBuilding
    StandardError.write(
      "checked \(counted(findings.kernels.count, "kernel")) beside double precision in "
        + "\(duration(findings.seconds - building)), besides building them in \(duration(building))\n")
  }

  private func options(for data: TrainingData) throws -> TrainingOptions {
    var options = TrainingOptions()
    options.epochs = stopping.epochs
    options.batchSize = batchSize
    options.optimizer = optimizer.value
    options.schedule = schedule.value
    options.loss = try loss.settings(imagesPerClass: data.balance.imagesPerClass)
    options.seed = randomness.seed
    options.shuffle = !images.noShuffle
    options.monitor = stopping.monitored
    options.patience = stopping.patience
    options.keepsBest = stopping.keepBest
    options.images = images.settings
    options.features = course.features(isAugmented: !images.augment.isEmpty)
    options.featurePrecision = course.cacheDtype.precision
    options.cache = try course.cache()
    options.memoryLimit = course.memoryLimit?.count
    options.checkpointEvery = course.checkpointEvery
    options.scratchFolders = [
      Terminal.temporaryFolder, Paths.sibling(of: output, named: "."),
    ]
    return options
  }

  private var checkpointPath: String { output + ".checkpoint" }

  private func control(_ data: TrainingData, _ kernels: KernelVariant) throws -> RunControl {
    var control = RunControl()
    control.checkpointPath = checkpointPath
    control.identity = try RunIdentity(self, data, kernels).options
    if course.resume {
      control.resumed = try CheckpointFile.read(checkpointPath)
      try control.resumed?.check(identity: control.identity, path: checkpointPath)
    }
    Signals.deferInterruptions()
    control.isInterrupted = { Signals.wasInterrupted }
    return control
  }

  private func opening(
    _ data: TrainingData, _ memory: MemoryPlan, on device: DeviceInfo
  ) -> String {
    let graph = data.pack.graph
    let trained = grouped(data.pack.mask.trainableParameterCount(in: graph))
    let (training, validation) = (grouped(data.training.count), grouped(data.validation.count))
    let mask = data.pack.mask.summary(in: graph)
    let parts =
      memory.microBatch < min(batchSize, data.training.count) ? " in parts of \(memory.microBatch)" : ""
    let rows = [
      ("network", graph.outline), ("classes", listed(data.pack.labels)),
      ("trains", "\(mask): \(trained) of \(counted(graph.parameterCount, "parameter"))"),
      ("images", "\(training) to train, \(validation) to validate; \(batchSize) a batch\(parts)"),
      ("needs", "\(byteSize(memory.need.total)) of memory besides the device's driver"),
    ]
    let balance = data.balance
    if balance.isUneven {
      StandardError.warning(
        "classes are uneven: \(grouped(balance.smallest)) to \(grouped(balance.largest)) images a class; "
          + "--class-weights balanced lets all count the same")
    }
    return (rows + device.rows.prefix(verbosity.verbose ? .max : 1)).map { aligned($0.0, $0.1) }.joined()
  }
}
