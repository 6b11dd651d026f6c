import Engine
import ImageFiles
import ModelGraph
import OpenCL

/// A run on the device, from where it stands: epochs of steps over images, each followed by an evaluation.
final class TrainingCourse {
  private let task: TrainingTask
  private let engine: Engine
  private let clock = ContinuousClock()
  private var progress: Checkpoint.Progress
  private var best: Weights?
  /// When it began to train.
  private var began: ContinuousClock.Instant

  /// - Parameters:
  ///   - largestMicroBatch: The most images that go through the trained layers at once; nil for as many as there are.
  ///   - checkpoint: From where it goes on; nil for the start.
  /// - Throws: `TrainingError`, `EngineError`, `FileError` or `OpenCLError`.
  init(_ task: TrainingTask, largestMicroBatch: Int?, from checkpoint: Checkpoint?) throws {
    self.task = task
    var options = task.options.engine
    options.batchSize = min(task.options.batchSize, task.training.count)
    options.largestMicroBatch = largestMicroBatch
    engine = try Engine(task.pack, options, kernels: task.kernels)
    progress = Checkpoint.Progress(
      watch: ValidationWatch(task.options.monitor, patience: task.options.patience))
    began = clock.now
    if let checkpoint { try goOn(from: checkpoint) }
  }

  var memory: MemoryPlan { engine.memory }

  private func goOn(from checkpoint: Checkpoint) throws {
    guard try engine.restore(checkpoint.weights, checkpoint.optimizer),
      checkpoint.best.map(engine.accepts) ?? true
    else {
      throw TrainingError.badCheckpoint(task.keeper.path ?? "checkpoint", why: "is of another network")
    }
    progress = checkpoint.progress
    best = checkpoint.best
  }

  /// Trains, and tells `report` of everything that happens.
  ///
  /// - Throws: `TrainingError`, `OpenCLError`, `FileError`, or what `report` throws.
  func run(_ report: (TrainingEvent) throws -> Void) throws -> TrainingOutcome {
    let (feed, validation) = try features { event in
      try report(event)
      if case .reading = event { try stopIfInterrupted() }
    }
    began = clock.now
    if progress.history.isEmpty { try add(evaluationBeforeTraining(validation), report) }
    var isOver = progress.watch.isOver(after: progress.epoch - 1)
    while progress.epoch <= task.options.epochs, !isOver {
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
    let views = if case .cached(let views) = task.options.features { max(views, 1) } else { 0 }
    let settings = task.options.images
    let (pack, training) = (task.pack, task.training)
    var extraction = try FeatureExtraction(
      engine, pack, scratchFolders: task.options.scratchFolders, cache: task.options.cache,
      total: views * training.count + task.validation.count, fitting: settings.fitting)
    var sets: [FeatureSet] = []
    for view in 0..<views {
      sets.append(
        try extraction.features(
          of: training, augmentation: settings.augmentation, seed: task.options.seed, view: view, report))
    }
    let loader = ImageLoader(
      input: try NetworkInput(of: pack), fitting: settings.fitting, augmentation: settings.augmentation,
      seed: task.options.seed)
    let feed =
      sets.isEmpty
      ? TrainingFeed.computedAnew(try FeatureStream(engine, training, loader)) : .cached(sets)
    let validated = try extraction.features(of: task.validation, report)
    if case .cached = feed { engine.releaseFrozenLayers() }
    return (feed, validated)
  }

  private func evaluationBeforeTraining(_ validation: FeatureSet) throws -> EpochMetrics {
    let start = clock.now
    let tally = try evaluate(validation, "before training")
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
      if progress.watch.see(metrics), task.options.keepsBest { best = try engine.trainedWeights() }
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
    var rate = task.options.schedule.base
    try feed.forEachBatch(
      of: order(ofEpoch: epoch, feed.count).dropFirst(progress.steps * size),
      view: task.options.features.view(inEpoch: epoch), size: size, report
    ) { records, batch, labels in
      guard !labels.isEmpty else {
        progress.steps += 1
        return
      }
      rate = task.options.schedule.rate(
        at: (epoch - 1) * steps + progress.steps, of: task.options.epochs * steps)
      let step = try engine.queueGradients(records, indices: batch, labels: labels)
      // The loss is there while the device works on the gradients; so what is not finite moves no weight.
      let result = try step.result()
      guard result.lossSum.isFinite else {
        throw try notFinite(records, batch, "step \(progress.steps + 1) of epoch \(epoch)")
      }
      try engine.queueUpdate(learningRate: rate)
      progress.tally.add(result)
      progress.steps += 1
      try report(
        .step(
          epoch: epoch, step: progress.steps, of: steps, loss: progress.tally.loss ?? 0,
          accuracy: progress.tally.accuracy ?? 0,
          imagesPerSecond: Double(progress.images - before) / seconds(since: start)))
      let isStopped = task.isInterrupted()
      let every = task.options.checkpointEvery ?? .max
      if isStopped || (progress.steps % every == 0 && progress.steps < steps) { try checkpoint() }
      if isStopped { throw interruption }
    }
    let trained = seconds(since: start)
    let after = try evaluate(validation, "validation of epoch \(epoch)")
    return EpochMetrics(
      epoch: epoch, trainLoss: progress.tally.loss, trainAccuracy: progress.tally.accuracy,
      validationLoss: after.loss, validationAccuracy: after.accuracy,
      imagesPerSecond: Double(progress.images - before) / trained, seconds: seconds(since: start),
      learningRate: rate)
  }

  /// - Parameter when: For people.
  private func evaluate(_ images: FeatureSet, _ when: String) throws -> Tally {
    let tally = try images.evaluate(on: engine)
    if let loss = tally.loss, !loss.isFinite {
      try images.forEachBatch(of: images.labels.indices, size: engine.batchSize) { records, batch, _ in
        if try engine.firstNotFinite(records, indices: batch) != nil {
          throw try notFinite(records, batch, when)
        }
      }
      throw task.notFinite(.loss, when)
    }
    return tally
  }

  /// What is wrong with a batch whose loss is not finite.
  private func notFinite(
    _ records: FeatureRecords, _ batch: ArraySlice<Int>, _ when: String
  ) throws -> TrainingError {
    let finding = try engine.firstNotFinite(records, indices: batch) ?? .loss
    return task.notFinite(finding, when)
  }

  /// The order of an epoch's images: it follows from seed and epoch alone.
  private func order(ofEpoch epoch: Int, _ count: Int) -> [Int] {
    guard task.options.shuffle else { return Array(0..<count) }
    var seeds = SplitMix64(seed: task.options.seed &+ UInt64(epoch))
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
    let pack = task.pack
    let labels = pack.labels.isEmpty ? (0..<engine.classCount).map { "class \($0)" } : pack.labels
    return TrainingOutcome(
      pack: try pack.replacing(finiteWeights()), history: progress.history, keptEpoch: kept,
      stoppedEarly: stoppedEarly,
      evaluation: examination.map {
        Evaluation(labels: labels, confusion: $0.confusion, loss: $0.tally.loss ?? 0)
      }, mistakes: examination?.mistakes ?? [], memory: engine.memory,
      seconds: progress.seconds + seconds(since: began))
  }

  private func checkpoint() throws {
    guard task.keeper.path != nil else { return }
    var progress = progress
    progress.seconds += seconds(since: began)
    try task.keeper.keep(
      Checkpoint(
        identity: task.keeper.identity, progress: progress, weights: finiteWeights(),
        optimizer: engine.optimizerState(), best: best))
  }

  /// All that training moves, of which nothing may be kept that is not finite.
  private func finiteWeights() throws -> Weights {
    let weights = try engine.trainedWeights()
    for id in task.pack.graph.weightIDs where weights[id]?.isFinite == false {
      let when =
        progress.steps > 0
        ? "step \(progress.steps) of epoch \(progress.epoch)" : "epoch \(progress.epoch - 1)"
      throw task.notFinite(.weight(id), when)
    }
    return weights
  }

  private func stopIfInterrupted() throws {
    guard task.isInterrupted() else { return }
    try checkpoint()
    throw interruption
  }

  private var interruption: TrainingError { .interrupted(checkpoint: task.keeper.path ?? "") }

  private func seconds(since start: ContinuousClock.Instant) -> Double { (clock.now - start) / .seconds(1) }
}
