import Engine
import ModelGraph
public import OpenCL

/// How fast a device runs MobileNet V1 1.0/224 with a classifier of five classes, on made-up weights and images.
public struct Benchmark {
  /// A kind of work, and how often it was done in how long.
  public struct Rate: Sendable, Hashable {
    public let batch: Int
    /// The median of the rounds.
    public let imagesPerSecond: Double
    /// Billions of floating-point operations a second; a multiply-add is two.
    public let gflops: Double
  }

  private static let classes = 5
  private static let secondsOfARound = 0.5

  private let device: Device
  private let rounds: Int
  private let base: Model
  private let clock = ContinuousClock()

  /// - Parameter rounds: Measurements of each kind of work, of half a second at least.
  public init(device: Device, rounds: Int) throws {
    let graph = try MobileNetV1(alpha: 1, inputSize: 224).graph()
    self.device = device
    self.rounds = max(rounds, 1)
    base = try Model(graph: graph, weights: graph.madeUpWeights(seed: 3))
      .withHead(classes: Benchmark.classes, seed: 0)
  }

  /// The device's multiply-adds alone, as billions of operations a second: the best of the rounds.
  public func peak() throws -> Double {
    let peak = try PeakRate(device)
    try peak.run()
    let best = try (0..<rounds).map { _ in try seconds { try peak.run() } }.min() ?? .infinity
    return 2 * Double(peak.multiplyAdds) / best / 1e9
  }

  /// The whole network forward, from the pixels.
  public func forward(batch: Int) throws -> Rate {
    let pack = try pack(FreezeMask())
    let engine = try Engine(pack, EngineOptions(batchSize: 1), device: device)
    let images = Benchmark.noise(batch * engine.imageCount)
    var features = [Float](repeating: 0, count: batch * engine.featureCount)
    let multiplyAdds = try TrainingCost(of: pack, batchSize: 1).frozenMultiplyAdds
    return try rate(batch, multiplyAdds) {
      try features.withUnsafeMutableBufferPointer { features in
        guard let target = features.baseAddress else { return }
        try engine.computeFeatures(of: images, count: batch, into: target)
      }
    }
  }

  /// Training steps under a mask, from the features of the layers that stay as they are.
  public func step(_ mask: String, batch: Int) throws -> Rate {
    let pack = try pack(FreezeMask(parsing: mask, in: base.graph))
    let engine = try Engine(pack, EngineOptions(batchSize: batch), device: device)
    // Features behind a ReLU6 are between 0 and 6; pixels between −1 and 1.
    let features = Benchmark.noise(batch * engine.featureCount)
    let labels = (0..<batch).map { $0 % Benchmark.classes }
    let multiplyAdds = try TrainingCost(of: pack, batchSize: batch).stepMultiplyAdds
    return try features.withUnsafeBufferPointer { floats in
      guard let start = floats.baseAddress else { throw TrainingError.noImages }
      return try rate(batch, multiplyAdds) {
        _ = try engine.trainingStep(
          FeatureRecords(start), indices: Array(labels.indices)[...], labels: labels, learningRate: 1e-6)
      }
    }
  }

  private func pack(_ mask: FreezeMask) throws -> Pack {
    try Pack(
      folding: base, mask: mask, labels: [],
      provenance: Provenance(
        sourceName: "made up", sourceDigest: String(repeating: "0", count: 64), toolVersion: "0"))
  }

  private static func noise(_ count: Int) -> [Float] {
    var generator = SplitMix64(seed: 1)
    return (0..<count).map { _ in Float(generator.next() >> 40) / Float(1 << 24) }
  }

  /// The first run is not counted: it compiles.
  private func rate(_ batch: Int, _ multiplyAdds: Int, _ body: () throws -> Void) throws -> Rate {
    try body()
    try device.finish()
    let times = try (0..<rounds).map { _ in
      var runs = 0
      let taken = try seconds {
        let start = clock.now
        repeat {
          try body()
          try device.finish()
          runs += 1
        } while (clock.now - start) / .seconds(1) < Benchmark.secondsOfARound
      }
      return taken / Double(runs)
    }.sorted()
    let images = Double(batch) / times[times.count / 2]
    return Rate(batch: batch, imagesPerSecond: images, gflops: 2 * Double(multiplyAdds) * images / 1e9)
  }

  private func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = clock.now
    try body()
    return (clock.now - start) / .seconds(1)
  }
}
