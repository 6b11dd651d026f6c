import Engine
import ImageFiles
import ModelGraph
import OpenCL
import Report
import SystemFiles
import Training

extension RunReport {
  /// The mistakes that are shown.
  private static let shownMistakes = 24

  /// - Parameter reading: Seconds that reading the images took.
  init(
    _ command: Finetune, _ data: TrainingData, _ options: TrainingOptions, _ outcome: TrainingOutcome,
    _ device: DeviceInfo, reading: Double
  ) {
    let labels = data.pack.labels
    self.init(
      title: command.output, device: "\(device.name) (\(device.platform), \(device.driverVersion))",
      provenance: RunReport.provenance(command, data), options: RunReport.rows(command, data, options),
      trained: Trained(from: data.pack, to: outcome.pack), epochs: outcome.history.map(Epoch.init),
      keptEpoch: outcome.keptEpoch, ending: outcome.ending,
      classes: zip(labels, data.balance.imagesPerClass).map {
        ClassRow(label: $0, trainingImages: $1)
      }, confusion: outcome.evaluation.map { Confusion(rows: $0.confusion) },
      mistakes: outcome.mistakes.prefix(RunReport.shownMistakes).map { mistake in
        Mistake(mistake, of: data.validation[mistake.image].image, labels)
      },
      memory: Memory(
        planned: outcome.memory.need.total, limit: options.memoryLimit, peak: ProcessMemory.peak),
      time: [
        Phase("Reading images", seconds: reading), Phase("Training and validation", seconds: outcome.seconds),
      ])
  }

  private static func provenance(_ command: Finetune, _ data: TrainingData) -> [Row] {
    let source = data.pack.provenance
    return [
      Row("Network", data.pack.graph.outline), Row("Pack", command.pack),
      Row("Source", source.sourceName), Row("SHA-256 of the source", source.sourceDigest),
      Row("Data", command.images.data),
      Row("Validation", command.images.validationData ?? (data.validation.isEmpty ? "none" : "split off")),
      Row("Program", "mlpack \(toolVersion)"),
    ]
  }

  private static func rows(
    _ command: Finetune, _ data: TrainingData, _ options: TrainingOptions
  ) -> [Row] {
    [
      Row("Trains", data.pack.mask.summary(in: data.pack.graph)), Row("Epochs", "\(options.epochs)"),
      Row("Batch size", "\(options.batchSize)"),
      Row("Images", "\(data.training.count) to train, \(data.validation.count) to validate"),
      Row("Learning rate", command.schedule.summary), Row("Optimizer", command.optimizer.summary),
      Row("Label smoothing", "\(options.loss.labelSmoothing)"),
      Row(
        "Class weights",
        options.loss.classWeights.isEmpty ? "none" : listed(options.loss.classWeights.map { "\($0)" })),
      Row("Augmentation", command.images.augmentSummary),
      Row("Order", options.shuffle ? "shuffled, seed \(options.seed)" : "as listed"),
    ]
  }
}

extension RunReport.Trained {
  /// How far each trained tensor moved, and the moving statistics that followed.
  fileprivate init(from before: Pack, to after: Pack) {
    let graph = before.graph
    let moved = graph.weightIDs.filter {
      before.mask[$0] != .frozen || before.weights[$0] != after.weights[$0]
    }
    self.init(
      tensors: moved.compactMap { id in
        guard let spec = graph.spec(of: id), let old = before.weights[id], let new = after.weights[id] else {
          return nil
        }
        let channels = before.mask[id].trainableCount(of: spec.channelCount)
        let (distance, norm) = RunReport.Trained.distance(old.floats, new.floats)
        return RunReport.Tensor(
          name: id.description, shape: spec.shape,
          parameters: spec.elementCount / spec.channelCount * channels, trainedChannels: channels,
          channels: spec.channelCount, distance: distance,
          relativeDistance: norm > 0 ? distance / norm : nil)
      }, totalParameters: graph.parameterCount)
  }

  private static func distance(_ old: [Float], _ new: [Float]) -> (distance: Double, norm: Double) {
    var (moved, size) = (0.0, 0.0)
    for (a, b) in zip(old, new) {
      moved += (Double(b) - Double(a)) * (Double(b) - Double(a))
      size += Double(a) * Double(a)
    }
    return (moved.squareRoot(), size.squareRoot())
  }
}

extension RunReport.Epoch {
  fileprivate init(_ metrics: EpochMetrics) {
    self.init(
      epoch: metrics.epoch, trainLoss: metrics.trainLoss, trainAccuracy: metrics.trainAccuracy,
      validationLoss: metrics.validationLoss, validationAccuracy: metrics.validationAccuracy,
      imagesPerSecond: metrics.imagesPerSecond, seconds: metrics.seconds, learningRate: metrics.learningRate)
  }
}

extension RunReport.Mistake {
  /// Without a picture where the image can no longer be read.
  fileprivate init(_ mistake: Training.Mistake, of image: ImageReference, _ labels: [String]) {
    let picture = try? Thumbnail.jpeg(of: ImageDecoder.decode(image), name: image.description)
    self.init(
      jpeg: picture ?? [], file: image.description, truth: labels[mistake.truth],
      prediction: labels[mistake.prediction], probability: Double(mistake.confidence))
  }
}

extension TrainingOutcome {
  /// Why the run ended, as a sentence.
  fileprivate var ending: String {
    let last = history.last?.epoch ?? 0
    return stoppedEarly
      ? "Ended after epoch \(last), since validation did not improve any more."
      : last == 1 ? "The one epoch was run." : "All \(last) epochs were run."
  }
}
