import Engine
import Foundation
import ImageFiles
import ModelGraph
import OpenCL
import Testing
import Training

/// What goes wrong in the course of a run.
@Suite struct FailureTests {
  private static let images = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "fixtures/images")

  private let training = [
    "photo.jpg", "png_rgb_8.png", "jpeg_420.jpg", "png_grey_8.png", "jpeg_progressive.jpg", "jpeg_444.jpg",
  ].enumerated().map {
    LabelledImage(
      image: ImageReference(FilePath(images.appending(path: $0.element).path)), label: $0.offset % 2)
  }
  private let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).checkpoint")
    .path

  /// - Parameter change: What to do with the weights before they are folded.
  private func pack(_ mask: String, _ change: (inout Weights) -> Void = { _ in }) throws -> Pack {
    let graph = try MobileNetV1(alpha: 0.25, inputSize: 32).graph()
    var model = try Model(graph: graph, weights: graph.madeUpWeights(seed: 3)).withHead(classes: 2, seed: 1)
    var weights = model.weights
    change(&weights)
    model = try Model(graph: model.graph, weights: weights)
    return try Pack(
      folding: model, mask: FreezeMask(parsing: mask, in: model.graph), labels: ["even", "odd"],
      provenance: Provenance(
        sourceName: "made up", sourceDigest: String(repeating: "0", count: 64), toolVersion: "0"))
  }

  private func options(rate: Double) -> TrainingOptions {
    var options = TrainingOptions()
    options.epochs = 4
    options.batchSize = 2
    options.schedule = LearningRateSchedule(base: rate)
    options.checkpointEvery = 1
    return options
  }

  private func failure(
    _ pack: Pack, _ options: TrainingOptions, validation: [LabelledImage] = []
  ) throws -> (finding: NotFinite, when: String, state: String?)? {
    var control = RunControl()
    control.checkpointPath = path
    let trainer = try Trainer(
      pack: pack, training: training, validation: validation, options: options, control: control,
      device: TestDevice.open())
    do {
      _ = try trainer.run { _ in }
      return nil
    } catch TrainingError.notFinite(let finding, let when, let state) {
      return (finding, when, state)
    }
  }

  /// The first update takes a weight beyond all numbers; nothing that came of it is kept.
  @Test(arguments: ["dense", "conv_pw_13,dense", "conv_pw_12.."])
  func anUpdateThatOverflowsIsNamed(_ mask: String) throws {
    defer { try? CheckpointFile.remove(path) }
    let failure = try #require(try failure(pack(mask), options(rate: 1e300)))
    guard case .weight(let id) = failure.finding else {
      Issue.record("\(failure)")
      return
    }
    #expect(try pack(mask).mask[id] != .frozen)
    #expect(failure.when == "step 1 of epoch 1")
    #expect(failure.state == nil)
    #expect(try CheckpointFile.read(path) == nil)
  }

  /// A rate that grows ruins the network later; the last good state stays, and is finite.
  @Test func theLastGoodCheckpointStays() throws {
    defer { try? CheckpointFile.remove(path) }
    var ruinous = options(rate: 0.01)
    ruinous.schedule = LearningRateSchedule(base: 0.01, .step(every: 4, rate: 1e60))
    let failure = try #require(try failure(pack("conv_pw_13,dense"), ruinous))
    #expect(failure.state == path)
    #expect(failure.when == "step 2 of epoch 2")
    let kept = try #require(try CheckpointFile.read(path))
    #expect(kept.history.count == 2)
    // The state goes on to the same end.
    var control = RunControl()
    control.checkpointPath = path
    control.resumed = kept
    let trainer = try Trainer(
      pack: pack("conv_pw_13,dense"), training: training, validation: [], options: ruinous, control: control,
      device: TestDevice.open())
    #expect(throws: TrainingError.self) { try trainer.run { _ in } }
  }

  /// Weights near the end of all numbers, which a layer's sum takes beyond it.
  @Test func theLayerWhoseOutputOverflowsIsNamed() throws {
    defer { try? CheckpointFile.remove(path) }
    let id = WeightID(layer: "dense", name: .kernel)
    let pack = try pack("conv_pw_13,dense") { weights in
      guard let kernel = weights[id] else { return }
      weights[id] = Tensor(shape: kernel.shape, floats: kernel.floats.map { $0 < 0 ? -3e38 : 3e38 })
    }
    let failure = try #require(try failure(pack, options(rate: 0.01)))
    #expect(failure.finding == .output(layer: "dense"))
    #expect(failure.when == "step 1 of epoch 1")
  }

  @Test func featuresThatAreNotFiniteAreNamed() throws {
    defer { try? CheckpointFile.remove(path) }
    let pack = try pack("dense") { weights in
      // Behind the last batch-norm stands a ReLU6, which lets nothing pass but what is no number.
      let id = WeightID(layer: "conv_pw_13_bn", name: .beta)
      weights[id] = weights[id].map { Tensor(shape: $0.shape, floats: $0.floats.map { _ in .nan }) }
    }
    let failure = try #require(try failure(pack, options(rate: 0.01)))
    #expect(failure.finding == .features)
    #expect(failure.when == "step 1 of epoch 1")
  }

  @Test func validationThatIsNotFiniteIsNamed() throws {
    defer { try? CheckpointFile.remove(path) }
    let pack = try pack("dense") { weights in
      let id = WeightID(layer: "conv_pw_13_bn", name: .beta)
      weights[id] = weights[id].map { Tensor(shape: $0.shape, floats: $0.floats.map { _ in .nan }) }
    }
    let failure = try #require(
      try failure(pack, options(rate: 0.01), validation: Array(training.prefix(2))))
    #expect(failure.finding == .features)
    #expect(failure.when == "before training")
  }

  /// Smaller micro-batches give the same gradients up to rounding, also where batch-norms need the whole batch.
  @Test(arguments: ["conv_pw_13,dense", "conv_pw_12.."], [1, 2, 3])
  func smallerMicroBatchesGiveTheSame(_ mask: String, _ images: Int) throws {
    let pack = try pack(mask)
    let whole = try weights(pack, largestMicroBatch: nil)
    let parts = try weights(pack, largestMicroBatch: images)
    for (id, tensor) in whole {
      let before = try #require(pack.weights[id]).floats
      let (a, b) = (tensor.floats, try #require(parts[id]).floats)
      let moved = zip(a, before).reduce(0) { $0 + pow(Double($1.0 - $1.1), 2) }.squareRoot()
      let off = zip(a, b).reduce(0) { $0 + pow(Double($1.0 - $1.1), 2) }.squareRoot()
      let size = a.reduce(0) { $0 + pow(Double($1), 2) }.squareRoot()
      // The order of sums; and a number that is stored is rounded to half of its last place.
      #expect(
        off <= 1e-5 * moved + 0x1p-24 * size, "\(id): \(off / moved) of its movement, \(off / size) of itself"
      )
    }
  }

  /// The weights after a step over eight images.
  private func weights(_ pack: Pack, largestMicroBatch: Int?) throws -> Weights {
    var options = EngineOptions(batchSize: 8)
    options.largestMicroBatch = largestMicroBatch
    options.spillFolders = [NSTemporaryDirectory()]
    let engine = try Engine(pack, options, device: TestDevice.open())
    #expect(
      engine.memory.microBatch == largestMicroBatch.map { (8 + (8 + $0 - 1) / $0 - 1) / ((8 + $0 - 1) / $0) }
        ?? 8)
    var random = SplitMix64(seed: 9)
    let images = (0..<8 * engine.imageCount).map { _ in Float.random(in: -1...1, using: &random) }
    var features = [Float](repeating: 0, count: 8 * engine.featureCount)
    try features.withUnsafeMutableBytes { bytes in
      let base = try #require(bytes.baseAddress)
      try engine.computeFeatures(of: images, count: 8, into: base)
      _ = try engine.trainingStep(
        FeatureRecords(UnsafeRawBufferPointer(bytes)), indices: [0, 1, 2, 3, 4, 5, 6, 7],
        labels: [0, 1, 0, 1, 1, 1, 0, 0], learningRate: 0.05)
    }
    return try engine.trainedWeights()
  }
}
