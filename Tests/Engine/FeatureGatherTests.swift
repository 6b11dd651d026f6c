import Engine
import ModelGraph
import OpenCL
import Testing

/// How features go from the frozen layers to the rest: kept as single or half precision, gathered by host or device.
@Suite struct FeatureGatherTests {
  /// Plain images as features, whose 70 numbers fill no vector, and blocks of channels.
  private static let cases: [(network: OddNetwork, trainsAll: Bool)] = [
    (.manyPixelsFlattened, true), (.manyPixelsFlattened, false), (.evenSizes, false), (.singlePixels, false),
  ]
  private static let order = [5, 1, 4, 6, 0, 3, 2]

  private func engine(
    _ network: OddNetwork, trainsAll: Bool, _ precision: FeaturePrecision = .float32,
    _ family: KernelFamily = .cpu
  ) throws -> (engine: Engine, batch: Batch) {
    let pack = try network.pack(trainsAll ? network.kernelMask : network.tailMask)
    var options = EngineOptions(batchSize: 7)
    options.featurePrecision = precision
    return (
      try TestDevice.engine(pack, options, family), Batch(pack.graph, count: Self.order.count)
    )
  }

  /// What a step on the images in another order says, and an evaluation of some of them, and the weights in the end.
  private func run(_ engine: Engine, _ records: FeatureRecords, _ labels: [Int]) throws -> Outcome {
    Outcome(
      step: try engine.trainingStep(
        records, indices: Self.order[...], labels: Self.order.map { labels[$0] }, learningRate: 0.1),
      evaluation: try engine.queueEvaluation(records, indices: [6, 2, 3], labels: [0, 1, 0]).result(),
      weights: try engine.trainedWeights())
  }

  private struct Outcome: Equatable {
    let step: BatchResult
    let evaluation: BatchResult
    let weights: Weights
  }

  @Test(arguments: cases.indices, FeaturePrecision.allCases)
  func theDeviceGathersWhatTheHostDoes(_ index: Int, _ precision: FeaturePrecision) throws {
    for family in KernelFamily.allCases { try expectSameFeatures(index, precision, family) }
  }

  private func expectSameFeatures(
    _ index: Int, _ precision: FeaturePrecision, _ family: KernelFamily
  ) throws {
    let (network, trainsAll) = Self.cases[index]
    let (first, batch) = try engine(network, trainsAll: trainsAll, precision, family)
    let features = try batch.features(on: first)
    let byDevice = try run(first, first.records(features.raw, of: features), batch.labels)
    #expect(first.builtFiles.contains("gather.cl"))
    let second = try engine(network, trainsAll: trainsAll, precision, family).engine
    let byHost = try run(second, FeatureRecords(features.raw), batch.labels)
    #expect(!second.builtFiles.contains("gather.cl"))
    #expect(byDevice == byHost)
    withExtendedLifetime(features) {}
  }

  /// The truth is the standard library's conversion.
  @Test(arguments: cases.indices, KernelFamily.allCases)
  func halvesAreTheNearest(_ index: Int, _ family: KernelFamily) throws {
    let (network, trainsAll) = Self.cases[index]
    let (exact, batch) = try engine(network, trainsAll: trainsAll, .float32, family)
    let (halved, _) = try engine(network, trainsAll: trainsAll, .float16, family)
    let numbers = try batch.features(on: exact).array(of: Float.self)
    let halves = try batch.features(on: halved)
    #expect(halves.array(of: UInt16.self) == numbers.map { Float16($0).bitPattern })
    #expect(Set(numbers).count > 3 || network == .singlePixels)
    // Training on them is training on these very numbers.
    let rounded = KeptBytes(count: numbers.count * 4)
    rounded.bytes.copyBytes(from: numbers.flatMap { withUnsafeBytes(of: Float(Float16($0)), Array.init) })
    #expect(
      try run(halved, halved.records(halves.raw, of: halves), batch.labels)
        == run(exact, exact.records(rounded.raw, of: rounded), batch.labels))
  }

  /// 65,519 is nearest to the largest half, 65,520 to the next that there would be.
  @Test func whatIsBeyondHalvesIsAnError() throws {
    let (halved, batch) = try engine(.manyPixelsFlattened, trainsAll: true, .float16)
    var images = batch.images
    let records = KeptBytes(count: batch.labels.count * halved.featureBytes)
    let base = try #require(records.bytes.baseAddress)
    images[11] = 65519
    images[12] = -.infinity
    try halved.computeFeatures(of: images, count: batch.labels.count, into: base)
    #expect(records.array(of: UInt16.self)[11..<13] == [0x7BFF, 0xFC00])
    images[12] = -65520
    #expect(throws: EngineError.self) {
      try halved.computeFeatures(of: images, count: batch.labels.count, into: base)
    }
  }
}
