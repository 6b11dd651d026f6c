import Engine
import Foundation
import ImageFiles
import ModelGraph
import OpenCL
import Reference
import Testing
import Training

@Suite struct TrainerTests {
  private static let images = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "fixtures/images")

  private static func files(_ names: [String]) -> [LabelledImage] {
    names.enumerated().map {
      LabelledImage(
        image: ImageReference(FilePath(images.appending(path: $0.element).path)), label: $0.offset % 2)
    }
  }

  private let training = files([
    "photo.jpg", "png_rgb_8.png", "jpeg_420.jpg", "png_grey_8.png", "jpeg_progressive.jpg",
  ])
  private let validation = files(["jpeg_444.jpg", "png_palette_8.png"])

  /// MobileNet alpha 0.25 on 32×32 images with a head for two classes; its last convolution and head are trained.
  private func pack() throws -> Pack {
    let graph = try MobileNetV1(alpha: 0.25, inputSize: 32).graph()
    let base = try Model(graph: graph, weights: graph.madeUpWeights(seed: 3))
    let model = try base.withHead(classes: 2, seed: 1)
    return try Pack(
      folding: model, mask: FreezeMask.default(for: model.graph), labels: ["even", "odd"],
      provenance: Provenance(
        sourceName: "made up", sourceDigest: String(repeating: "0", count: 64), toolVersion: "0"))
  }

  private func options(epochs: Int, shuffle: Bool = true, seed: UInt64 = 0) -> TrainingOptions {
    var options = TrainingOptions()
    options.epochs = epochs
    options.batchSize = 2
    options.schedule = LearningRateSchedule(base: 0.05)
    options.shuffle = shuffle
    options.seed = seed
    return options
  }

  private func train(
    _ options: TrainingOptions, _ training: [LabelledImage]
  ) throws -> (pack: Pack, events: [TrainingEvent]) {
    var events: [TrainingEvent] = []
    let trainer = try Trainer(
      pack: pack(), training: training, validation: validation, options: options, device: TestDevice.open())
    let outcome = try trainer.run { events.append($0) }
    return (outcome.pack, events)
  }

  @Test func weightsEndWhereTheReferenceEnds() throws {
    let start = try pack()
    let (tuned, events) = try train(options(epochs: 2, shuffle: false), training)
    var network = ReferenceNetwork(try start.unfolded())
    let input = NetworkInput(height: 32, width: 32, divisor: 127.5, offset: -1)
    var losses: [Double] = []
    for _ in 1...2 {
      var sum = 0.0
      for first in stride(from: 0, to: training.count, by: 2) {
        let batch = training[first..<min(first + 2, training.count)]
        let pixels = try batch.flatMap { try load($0, input) }
        let x = NDArray(shape: [batch.count, 32, 32, 3], elements: pixels.map(Double.init))
        let gradients = network.gradients(x, labels: batch.map(\.label))
        sum += gradients.loss * Double(batch.count)
        for id in start.mask.channels.keys {
          let gradient = try #require(gradients.weights[id])
          let weight = try #require(network.weights[id])
          network.weights[id] = weight - gradient * 0.05
        }
      }
      losses.append(sum / Double(training.count))
    }
    for id in start.mask.channels.keys {
      let ours = try #require(tuned.weights[id]).floats
      let theirs = try #require(network.weights[id]).elements
      let before = try #require(start.weights[id]).floats
      let moved = zip(theirs, before).reduce(0) { $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1)) }
        .squareRoot()
      let off = zip(theirs, ours).reduce(0) { $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1)) }
        .squareRoot()
      #expect(moved > 0)
      // float32 on the one side: each of the updates is off by 1e-5 at most, as the engine's tests hold it.
      #expect(off < 1e-5 * Double(2 * losses.count) * moved, "\(id) moved \(moved), off by \(off)")
    }
    let metrics = epochs(events)
    #expect(metrics.map(\.epoch) == [0, 1, 2])
    #expect(metrics[0].trainLoss == nil)
    #expect(metrics[0].validationLoss != nil)
    for (measured, expected) in zip(metrics.dropFirst().map(\.trainLoss), losses) {
      #expect(abs(try #require(measured) - expected) < 1e-5)
    }
  }

  private func load(_ file: LabelledImage, _ input: NetworkInput) throws -> [Float] {
    var pixels = [Float](repeating: 0, count: input.elementCount)
    let broken = pixels.withUnsafeMutableBufferPointer {
      ImageLoader(input: input).load([file.image], into: $0)
    }
    if let error = broken.first?.error { throw error }
    return pixels
  }

  private func epochs(_ events: [TrainingEvent]) -> [EpochMetrics] {
    events.compactMap { if case .epoch(let metrics) = $0 { metrics } else { nil } }
  }

  @Test func frozenWeightsStayBitForBit() throws {
    let start = try pack()
    let tuned = try train(options(epochs: 1), training).pack
    let trained = Set(start.mask.channels.keys)
    for (id, tensor) in try start.unfolded().weights where !trained.contains(id) {
      #expect(try tuned.unfolded().weights[id] == tensor, "\(id)")
    }
    for id in trained { #expect(tuned.weights[id] != start.weights[id], "\(id)") }
  }

  @Test func theSeedDecidesEverything() throws {
    let first = try train(options(epochs: 3, seed: 7), training).pack
    #expect(try train(options(epochs: 3, seed: 7), training).pack.weights == first.weights)
    #expect(try train(options(epochs: 3, seed: 8), training).pack.weights != first.weights)
  }

  /// A run that is stopped after each update, and goes on from its checkpoint, is the run that is not.
  @Test func aRunInPiecesIsTheWholeRun() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).checkpoint").path
    defer { try? CheckpointFile.remove(path) }
    let whole = try train(options(epochs: 2), training)
    var control = RunControl()
    control.checkpointPath = path
    var steps: [Int] = []
    for _ in 1...6 {
      var asked = 0
      // Images are read in one batch for each set; then it is asked after the first update.
      control.isInterrupted = {
        asked += 1
        return asked == 3
      }
      let trainer = try Trainer(
        pack: pack(), training: training, validation: validation, options: options(epochs: 2),
        control: control, device: TestDevice.open())
      #expect(throws: TrainingError.self) {
        try trainer.run {
          if case .step(let epoch, let step, _, _, _, _) = $0 { steps.append(10 * epoch + step) }
        }
      }
      control.resumed = try CheckpointFile.read(path)
    }
    #expect(steps == [11, 12, 13, 21, 22, 23])
    control.isInterrupted = { false }
    let trainer = try Trainer(
      pack: pack(), training: training, validation: validation, options: options(epochs: 2), control: control,
      device: TestDevice.open())
    var events: [TrainingEvent] = []
    #expect(try trainer.run { events.append($0) }.pack.weights == whole.pack.weights)
    #expect(epochs(events).last?.trainLoss == epochs(whole.events).last?.trainLoss)
  }

  /// With a rate that ruins the network, the first epoch is the best, and waiting for another ends the run.
  @Test func aRunThatDoesNotImproveEndsEarlyWithItsBestWeights() throws {
    var ruinous = options(epochs: 20, shuffle: false)
    ruinous.schedule = LearningRateSchedule(base: 0.05, .step(every: 3, rate: 30))
    ruinous.patience = 2
    ruinous.keepsBest = true
    let trainer = try Trainer(
      pack: pack(), training: training, validation: validation, options: ruinous, device: TestDevice.open())
    let outcome = try trainer.run { _ in }
    #expect(outcome.stoppedEarly)
    #expect(outcome.history.map(\.epoch) == Array(0...outcome.keptEpoch + 2))
    let kept = outcome.history[outcome.keptEpoch]
    #expect(
      outcome.history.dropFirst().allSatisfy {
        ($0.validationLoss ?? 0) >= (kept.validationLoss ?? 0) || $0.validationLoss?.isNaN == true
      })
    // The pack has the weights of the epoch that was kept.
    #expect(outcome.evaluation?.loss == kept.validationLoss)
    var short = ruinous
    short.epochs = outcome.keptEpoch
    short.patience = nil
    short.keepsBest = false
    #expect(try train(short, training).pack.weights == outcome.pack.weights)
  }

  @Test func earlyStoppingNeedsImagesToValidateOn() throws {
    var options = options(epochs: 1)
    options.patience = 1
    #expect(throws: TrainingError.self) {
      try Trainer(
        pack: pack(), training: training, validation: [], options: options, device: TestDevice.open())
    }
  }

  /// One view that is computed once is the same as one that is computed anew, as long as nothing varies it.
  @Test func featuresThatAreComputedAnewAreTheSame() throws {
    var anew = options(epochs: 2)
    anew.features = .computedAnew
    #expect(try train(anew, training).pack.weights == train(options(epochs: 2), training).pack.weights)
  }

  @Test func viewsOfAugmentedImagesTakeTurns() throws {
    var cached = options(epochs: 4)
    cached.images.augmentation = [.flip, .crop, .color, .rotate]
    cached.features = .cached(views: 2)
    let two = try train(cached, training).pack.weights
    #expect(try train(cached, training).pack.weights == two)
    cached.features = .cached(views: 4)
    let four = try train(cached, training).pack.weights
    cached.features = .computedAnew
    let anew = try train(cached, training).pack.weights
    #expect(two != four)
    #expect(four == anew)
  }

  @Test func brokenImagesAreLeftOutAndReported() throws {
    let broken = Self.files(["expected.json"])
    let (tuned, events) = try train(options(epochs: 1, shuffle: false), broken + training)
    // Labels alternate by position in the list of files, so the other images keep theirs.
    #expect(try train(options(epochs: 1, shuffle: false), training).pack.weights == tuned.weights)
    let errors = events.compactMap { if case .brokenImages(let errors) = $0 { errors } else { nil } }.joined()
    #expect(errors.count == 1)
    #expect(errors.first?.description.contains("expected.json") == true)
  }

  @Test func onlyBrokenImagesAreAnError() {
    #expect(throws: TrainingError.self) { try train(options(epochs: 1), Self.files(["expected.json"])) }
  }

  @Test func evaluationCountsEveryImageOnce() throws {
    let evaluation = try Evaluator.evaluate(pack(), training, TestDevice.open()) { _ in }
    #expect(evaluation.images == training.count)
    #expect(evaluation.confusion.map { $0.reduce(0, +) } == [3, 2])
    let predictions = try Evaluator.predict(pack(), training.map(\.image), TestDevice.open())
    let correct = zip(predictions, training).count { prediction, file in
      (prediction.probabilities[0] >= prediction.probabilities[1] ? 0 : 1) == file.label
    }
    #expect(evaluation.correct == correct)
  }

  @Test func precisionAndRecallAreOfTheConfusion() {
    let evaluation = Evaluation(
      labels: ["a", "b", "c"], confusion: [[3, 1, 0], [2, 4, 0], [0, 0, 0]], loss: 1)
    #expect(evaluation.accuracy == 0.7)
    #expect(evaluation.perClass.map(\.precision) == [0.6, 0.8, nil])
    #expect(evaluation.perClass.map(\.recall) == [0.75, 4.0 / 6, nil])
  }
}
