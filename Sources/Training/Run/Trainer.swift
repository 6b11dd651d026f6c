public import Engine
public import ImageFiles
public import ModelGraph
public import OpenCL

/// Fine-tunes a pack: epochs of steps over images, each followed by an evaluation.
///
/// The layers that stay as they are run once an image, before the first epoch, unless the options say otherwise;
/// the epochs run from what they gave.
public final class Trainer {
  private let pack: Pack
  private let training: [LabelledImage]
  private let validation: [LabelledImage]
  private let options: TrainingOptions
  private let control: RunControl
  private let engine: Engine
  private let clock = ContinuousClock()
  private var progress: Checkpoint.Progress
  private var best: Weights?
  /// When the present process began to train.
  private var began: ContinuousClock.Instant

  /// - Parameters:
  ///   - pack: What to start from; its mask says what is trained.
  ///   - validation: Images that are only evaluated; may be empty.
  /// - Throws: `TrainingError`, `EngineError`, `FileError` or `OpenCLError`.
  public init(
    pack: Pack, training: [LabelledImage], validation: [LabelledImage], options: TrainingOptions,
    control: RunControl = RunControl(), device: Device
  ) throws {
    guard pack.mask.trainableParameterCount(in: pack.graph) > 0 else { throw TrainingError.nothingToTrain }
    guard !training.isEmpty else { throw TrainingError.noImages }
    guard !validation.isEmpty || !(options.keepsBest || options.patience != nil) else {
      throw TrainingError.nothingToValidateOn
    }
    self.pack = pack
    self.training = training
    self.validation = validation
    self.options = options
    self.control = control
    var engineOptions = options.engine
    engineOptions.batchSize = min(options.batchSize, training.count)
    engine = try Engine(pack, engineOptions, device: device)
    progress = Checkpoint.Progress(watch: ValidationWatch(options.monitor, patience: options.patience))
    began = clock.now
    if let resumed = control.resumed { try goOn(from: resumed) }
  }

  /// How the memory will be used.
  public var memory: MemoryPlan { engine.memory }

  private func goOn(from checkpoint: Checkpoint) throws {
    guard try engine.restore(checkpoint.weights, checkpoint.optimizer),
      checkpoint.best.map(engine.accepts) ?? true
    else {
      throw TrainingError.badCheckpoint(control.checkpointPath ?? "checkpoint", why: "is of another network")
    }
    progress = checkpoint.progress
    best = checkpoint.best
  }

  /// Trains, and tells `report` of everything that happens.
  ///
  /// - Throws: `TrainingError`, `OpenCLError`, `FileError`, or what `report` throws.
  public func run(_ report: (TrainingEvent) throws -> Void) throws -> TrainingOutcome {
    let (feed, validation) = try features { event in
      try report(event)
      if case .reading = event { try stopIfInterrupted() }
    }
    began = clock.now
    if progress.history.isEmpty { try add(evaluationBeforeTraining(validation), report) }
    var isOver = progress.watch.isOver(after: progress.epoch - 1)
    while progress.epoch <= options.epochs, !isOver {
      try add(epoch(feed, validation, report), report)
      isOver = progress.watch.isOver(after: progress.epoch - 1)
      try checkpoint()
    }
    if isOver { try report(.stoppedEarly(epoch: progress.epoch - 1, bestEpoch: progress.watch.bestEpoch)) }
    return try outcome(validation, stoppedEarly: isOver)
  }

  private func features(
    _ report: (TrainingEvent) throws -> Void
  ) throws -> (TrainingFeed, FeatureSet) {
    let views = if case .cached(let views) = options.features { max(views, 1) } else { 0 }
    let settings = options.images
    var extraction = try FeatureExtraction(
      engine, pack, scratchFolders: options.scratchFolders, cache: options.cache,
      total: views * training.count + validation.count, fitting: settings.fitting)
    var sets: [FeatureSet] = []
    for view in 0..<views {
      sets.append(
        try extraction.features(
          of: training, augmentation: settings.augmentation, seed: options.seed, view: view, report))
    }
    let loader = ImageLoader(
      input: try NetworkInput(of: pack), fitting: settings.fitting, augmentation: settings.augmentation,
      seed: options.seed)
    let feed =
      sets.isEmpty
      ? TrainingFeed.computedAnew(try FeatureStream(engine, training, loader)) : .cached(sets)
    let validated = try extraction.features(of: validation, report)
    if case .cached = feed { engine.releaseFrozenLayers() }
    return (feed, validated)
  }

  private func evaluationBeforeTraining(_ validation: FeatureSet) throws -> EpochMetrics {
    let start = clock.now
    let tally = try validation.evaluate(on: engine)
    let seconds = seconds(since: start)
    return EpochMetrics(
      epoch: 0, trainLoss: nil, trainAccuracy: nil, validationLoss: tally.loss,
      validationAccuracy: tally.accuracy,
      imagesPerSecond: seconds > 0 ? Double(tally.images) / seconds : 0, seconds: seconds, learningRate: nil)
  }

  /// Takes note of an epoch that is done.
  private func add(_ metrics: EpochMetrics, _ report: (TrainingEvent) throws -> Void) throws {
    progress.history.append(metrics)
    if metrics.epoch > 0 {
      if progress.watch.see(metrics), options.keepsBest { best = try engine.trainedWeights() }
      progress.epoch = metrics.epoch + 1
      progress.steps = 0
      progress.tally = Tally()
    }
    try report(.epoch(metrics))
  }

  private func epoch(
    _ feed: TrainingFeed, _ validation: FeatureSet, _ report: (TrainingEvent) throws -> Void
  ) throws -> EpochMetrics {
    let start = clock.now
    let (epoch, before) = (progress.epoch, progress.images)
    let size = engine.batchSize
    let steps = (feed.count + size - 1) / size
    var queued = progress.steps
    var rate = options.schedule.base
    var last: QueuedBatch?
    /// Waits for the step that was queued last, and takes note of it.
    func settle() throws {
      guard let step = last else { return }
      last = nil
      progress.tally.add(try step.result())
      progress.steps += 1
      try report(
        .step(
          epoch: epoch, step: progress.steps, of: steps, loss: progress.tally.loss ?? 0,
          accuracy: progress.tally.accuracy ?? 0,
          imagesPerSecond: Double(progress.images - before) / seconds(since: start)))
    }
    try feed.forEachBatch(
      of: order(ofEpoch: epoch, feed.count).dropFirst(progress.steps * size),
      view: options.features.view(inEpoch: epoch), size: size
    ) { records, batch, labels in
      rate = options.schedule.rate(at: (epoch - 1) * steps + queued, of: options.epochs * steps)
      let step = try engine.queueTrainingStep(records, indices: batch, labels: labels, learningRate: rate)
      // Of the step before, while the device works on this one.
      try settle()
      last = step
      queued += 1
      let isStopped = control.isInterrupted()
      let every = options.checkpointEvery ?? .max
      guard isStopped || (queued % every == 0 && queued < steps) else { return }
      try settle()
      try checkpoint()
      if isStopped { throw interruption }
    }
    try settle()
    let trained = seconds(since: start)
    let after = try validation.evaluate(on: engine)
    return EpochMetrics(
      epoch: epoch, trainLoss: progress.tally.loss, trainAccuracy: progress.tally.accuracy,
      validationLoss: after.loss, validationAccuracy: after.accuracy,
      imagesPerSecond: Double(progress.images - before) / trained, seconds: seconds(since: start),
      learningRate: rate)
  }

  /// The order of an epoch's images: it follows from seed and epoch alone.
  private func order(ofEpoch epoch: Int, _ count: Int) -> [Int] {
    guard options.shuffle else { return Array(0..<count) }
    var seeds = SplitMix64(seed: options.seed &+ UInt64(epoch))
    var generator = SplitMix64(seed: seeds.next())
    return Shuffle.order(count: count, using: &generator)
  }

  private func outcome(_ validation: FeatureSet, stoppedEarly: Bool) throws -> TrainingOutcome {
    var kept = progress.epoch - 1
    if let best, let epoch = progress.watch.bestEpoch {
      try engine.load(best)
      kept = epoch
    }
    let examination = validation.count > 0 ? try Examination(validation, on: engine) : nil
    let labels = pack.labels.isEmpty ? (0..<engine.classCount).map { "class \($0)" } : pack.labels
    return TrainingOutcome(
      pack: try pack.replacing(engine.trainedWeights()), history: progress.history, keptEpoch: kept,
      stoppedEarly: stoppedEarly,
      evaluation: examination.map {
        Evaluation(labels: labels, confusion: $0.confusion, loss: $0.tally.loss ?? 0)
      }, mistakes: examination?.mistakes ?? [], memory: engine.memory,
      seconds: progress.seconds + seconds(since: began))
  }

  private func checkpoint() throws {
    guard let path = control.checkpointPath else { return }
    var progress = progress
    progress.seconds += seconds(since: began)
    try CheckpointFile.write(
      Checkpoint(
        identity: control.identity, progress: progress, weights: engine.trainedWeights(),
        optimizer: engine.optimizerState(), best: best),
      to: path)
  }

  private func stopIfInterrupted() throws {
    guard control.isInterrupted() else { return }
    try checkpoint()
    throw interruption
  }

  private var interruption: TrainingError { .interrupted(checkpoint: control.checkpointPath ?? "") }

  private func seconds(since start: ContinuousClock.Instant) -> Double { (clock.now - start) / .seconds(1) }
}
