import Engine
public import ImageFiles
public import ModelGraph
public import OpenCL

/// Fine-tunes a pack: epochs of steps over images, each followed by an evaluation.
///
/// The frozen layers run once an image, before the first epoch; the epochs run from what they gave.
public struct Trainer {
  private let pack: Pack
  private let training: [LabelledImage]
  private let validation: [LabelledImage]
  private let options: TrainingOptions
  private let engine: Engine
  private let clock = ContinuousClock()

  /// - Parameters:
  ///   - pack: What to start from; its mask says what is trained.
  ///   - validation: Images that are only evaluated; may be empty.
  /// - Throws: `TrainingError`, `EngineError`, or `OpenCLError`.
  public init(
    pack: Pack, training: [LabelledImage], validation: [LabelledImage], options: TrainingOptions,
    device: Device
  ) throws {
    guard pack.mask.trainableParameterCount(in: pack.graph) > 0 else { throw TrainingError.nothingToTrain }
    guard !training.isEmpty else { throw TrainingError.noImages }
    self.pack = pack
    self.training = training
    self.validation = validation
    self.options = options
    engine = try Engine(pack, batchSize: min(options.batchSize, training.count), device: device)
  }

  /// Trains, and tells `report` of everything that happens.
  ///
  /// - Returns: The pack with its trained weights in place of the old.
  /// - Throws: `TrainingError`, `OpenCLError`, `FileError`, or what `report` throws.
  public func run(_ report: (TrainingEvent) throws -> Void) throws -> Pack {
    let (training, validation) = try features(report)
    try report(.epoch(try evaluation(of: validation)))
    var generator = SplitMix64(seed: options.seed)
    let sorted = Array(training.labels.indices)
    for epoch in 1...max(options.epochs, 1) {
      let order = options.shuffle ? Shuffle.order(count: sorted.count, using: &generator) : sorted
      try report(.epoch(try run(epoch, training, order, validation, report)))
    }
    return try pack.replacing(engine.trainedWeights())
  }

  private func features(_ report: (TrainingEvent) throws -> Void) throws -> (FeatureSet, FeatureSet) {
    var extraction = try FeatureExtraction(
      engine, pack, scratchFolders: options.scratchFolders, total: training.count + validation.count)
    return (
      try extraction.features(of: training, report), try extraction.features(of: validation, report)
    )
  }

  private func evaluation(of validation: FeatureSet) throws -> EpochMetrics {
    let start = clock.now
    let tally = try validation.evaluate(on: engine)
    let seconds = seconds(since: start)
    return EpochMetrics(
      epoch: 0, trainLoss: nil, trainAccuracy: nil, validationLoss: tally.loss,
      validationAccuracy: tally.accuracy,
      imagesPerSecond: seconds > 0 ? Double(tally.images) / seconds : 0, seconds: seconds)
  }

  private func run(
    _ epoch: Int, _ training: FeatureSet, _ order: [Int], _ validation: FeatureSet,
    _ report: (TrainingEvent) throws -> Void
  ) throws -> EpochMetrics {
    let start = clock.now
    let optimizer = SGD(learningRate: options.learningRate)
    let steps = (order.count + options.batchSize - 1) / options.batchSize
    var tally = Tally()
    var step = 0
    try training.forEachBatch(of: order, size: engine.batchSize) { records, batch, labels in
      tally.add(try engine.trainingStep(records, indices: batch, labels: labels, optimizer))
      step += 1
      try report(
        .step(
          epoch: epoch, step: step, of: steps, loss: tally.loss ?? 0, accuracy: tally.accuracy ?? 0,
          imagesPerSecond: Double(tally.images) / seconds(since: start)))
    }
    let trained = seconds(since: start)
    let after = try validation.evaluate(on: engine)
    return EpochMetrics(
      epoch: epoch, trainLoss: tally.loss, trainAccuracy: tally.accuracy, validationLoss: after.loss,
      validationAccuracy: after.accuracy, imagesPerSecond: Double(tally.images) / trained,
      seconds: seconds(since: start))
  }

  private func seconds(since start: ContinuousClock.Instant) -> Double { (clock.now - start) / .seconds(1) }
}
