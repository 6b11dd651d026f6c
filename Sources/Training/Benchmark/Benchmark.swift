public import Engine
import ModelGraph
public import OpenCL
import SystemFiles

/// A kind of work.
public enum Work: String, CaseIterable, Sendable {
  /// The whole network forward, from the pixels, an image at a time.
  case forward1 = "forward-1"
  /// The same, 32 images at a time.
  case forward32 = "forward-32"
  /// Training steps of conv_pw_13 and the classifier from cached features, 163 images an update.
  case tail
  /// Training steps of everything with batch normalization in training mode, 32 images an update.
  case unfrozen
  /// The steps of ``tail`` on a network of next to nothing: what the process then takes of memory is the driver's.
  case driver
}

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

  /// An operation of the network, and how long it takes.
  public struct LayerRate: Sendable, Hashable {
    public let work: LayerWork
    /// The median of the rounds.
    public let secondsPerImage: Double

    /// Billions of floating-point operations a second.
    public var gflops: Double { 2 * Double(work.multiplyAdds) / Double(work.images) / secondsPerImage / 1e9 }
  }

  private static let classes = 5

  private let device: Device
  private let rounds: Int
  private let secondsOfARound: Double
  private let kernels: KernelVariant?
  private let clock = ContinuousClock()

  /// - Parameters:
  ///   - rounds: Measurements of each kind of work.
  ///   - seconds: What a measurement takes at least.
  ///   - kernels: nil for what runs on the device where nothing else is asked for.
  public init(device: Device, rounds: Int, seconds: Double, kernels: KernelVariant? = nil) {
    self.device = device
    self.rounds = max(rounds, 1)
    secondsOfARound = seconds
    self.kernels = kernels
  }

  /// The device's multiply-adds alone, as billions of operations a second: the best run in the time of a round.
  public func peak() throws -> Double {
    let peak = try PeakRate(device, kernels: kernels)
    try peak.run()
    return 2 * Double(peak.multiplyAdds) / (try bestSeconds { try peak.run() }) / 1e9
  }

  /// - Throws: What the device or the network cannot do.
  public func rate(of work: Work) throws -> Rate {
    switch work {
    case .forward1: try forward(batch: 1)
    case .forward32: try forward(batch: 32)
    case .tail: try step(pack("conv_pw_13,dense"), batch: 163)
    case .unfrozen: try step(pack("*"), batch: 32)
    case .driver: try driver()
    }
  }

  /// The whole network forward, from the pixels.
  private func forward(batch: Int) throws -> Rate {
    let pack = try pack("none")
    let engine = try Engine(pack, EngineOptions(batchSize: 1), device: device, kernels: kernels)
    let images = Benchmark.noise(batch * engine.imageCount)
    let multiplyAdds = try TrainingCost(of: pack, batchSize: 1).frozenMultiplyAdds
    return try withFeatures(of: batch, on: engine) { target in
      try rate(batch, multiplyAdds) { try engine.computeFeatures(of: images, count: batch, into: target) }
    }
  }

  /// Each operation of the network forward by itself, in order.
  public func layers() throws -> [LayerRate] {
    let pack = try pack("none")
    let engine = try Engine(pack, EngineOptions(batchSize: 1), device: device, kernels: kernels)
    let images = Benchmark.noise(engine.memory.imagesPerRun * engine.imageCount)
    var rates: [LayerRate] = []
    try engine.forEachFrozenOperation(of: pack, on: images) { work, run in
      let rate = try rate(work.images, work.multiplyAdds / work.images) { try run() }
      rates.append(LayerRate(work: work, secondsPerImage: 1 / rate.imagesPerSecond))
    }
    return rates
  }

  /// Bytes a second that the device reads and writes when it copies what is larger than its caches: the best run in the
  /// time of a round.
  public func memoryRate() throws -> Double {
    let count = 32 << 20
    let source = try Buffer(device, count: count)
    let target = try Buffer(device, count: count)
    func copy() throws {
      try device.copy(source, to: target, count: count)
      try device.finish()
    }
    // Pages are there only when they were written once.
    try copy()
    return 2 * 4 * Double(count) / (try bestSeconds(copy))
  }

  /// Training steps, from the features of the layers that stay as they are.
  private func step(_ pack: Pack, batch: Int) throws -> Rate {
    let multiplyAdds = try TrainingCost(of: pack, batchSize: batch).stepMultiplyAdds
    return try withStep(pack, batch: batch) { _, step in try rate(batch, multiplyAdds, step) }
  }

  /// Each kernel of training steps by itself: in a step, the median of the rounds.
  ///
  /// - Parameter work: ``Work/tail`` or ``Work/unfrozen``.
  public func kernelRuns(of work: Work) throws -> (batch: Int, runs: [KernelRun]) {
    let (mask, batch) = work == .unfrozen ? ("*", 32) : ("conv_pw_13,dense", 163)
    let steps = try withStep(pack(mask), batch: batch) { engine, step in
      try step()
      return try (0..<rounds).map { _ in try engine.tracing(step) }
    }
    let names = steps[0].map(\.name)
    let runs = names.map { name in
      let times = steps.compactMap { $0.first { $0.name == name } }.sorted { $0.seconds < $1.seconds }
      return times[times.count / 2]
    }
    return (batch, runs.sorted { $0.seconds > $1.seconds })
  }

  /// Lends what runs one training step.
  private func withStep<R>(_ pack: Pack, batch: Int, _ body: (Engine, () throws -> Void) throws -> R) throws
    -> R
  {
    let engine = try Engine(pack, EngineOptions(batchSize: batch), device: device, kernels: kernels)
    // Features behind a ReLU6 are between 0 and 6; pixels between −1 and 1.
    let features = Benchmark.noise(batch * engine.featureCount)
    let memory = try ScratchMemory(count: batch * engine.featureBytes, in: [])
    features.withUnsafeBytes { memory.bytes.copyMemory(from: $0) }
    let records = engine.records(UnsafeRawBufferPointer(memory.bytes), of: memory)
    let labels = (0..<batch).map { $0 % Benchmark.classes }
    return try body(engine) {
      _ = try engine.queueTrainingStep(
        records, indices: Array(labels.indices)[...], labels: labels, learningRate: 1e-6)
    }
  }

  /// Each kernel of a default run, on a network of next to nothing.
  private func driver() throws -> Rate {
    let pack = try pack("conv_pw_13,dense", alpha: 0.25, inputSize: 32)
    let engine = try Engine(pack, EngineOptions(batchSize: 1), device: device, kernels: kernels)
    try computeFeatures(of: 1, on: engine)
    return try step(pack, batch: 1)
  }

  /// Runs the frozen layers on so many images, once.
  private func computeFeatures(of count: Int, on engine: Engine) throws {
    let images = Benchmark.noise(count * engine.imageCount)
    try withFeatures(of: count, on: engine) { try engine.computeFeatures(of: images, count: count, into: $0) }
  }

  /// Lends memory for the features of so many images.
  private func withFeatures<R>(
    of count: Int, on engine: Engine, _ body: (UnsafeMutablePointer<Float>) throws -> R
  ) throws -> R {
    var features = [Float](repeating: 0, count: count * engine.featureCount)
    return try features.withUnsafeMutableBufferPointer { features in
      guard let target = features.baseAddress else { throw TrainingError.noImages }
      return try body(target)
    }
  }

  private func pack(_ mask: String, alpha: Double = 1, inputSize: Int = 224) throws -> Pack {
    let graph = try MobileNetV1(alpha: alpha, inputSize: inputSize).graph()
    let base = try Model(graph: graph, weights: graph.madeUpWeights(seed: 3))
      .withHead(classes: Benchmark.classes, seed: 0)
    return try Pack(
      folding: base, mask: FreezeMask(parsing: mask, in: base.graph), labels: [],
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
        } while (clock.now - start) / .seconds(1) < secondsOfARound
      }
      return taken / Double(runs)
    }.sorted()
    let images = Double(batch) / times[times.count / 2]
    return Rate(batch: batch, imagesPerSecond: images, gflops: 2 * Double(multiplyAdds) * images / 1e9)
  }

  /// What the best run takes in the time of a round.
  private func bestSeconds(_ body: () throws -> Void) throws -> Double {
    var best = Double.infinity
    let start = clock.now
    repeat { best = min(best, try seconds(body)) } while (clock.now - start) / .seconds(1) < secondsOfARound
    return best
  }

  private func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = clock.now
    try body()
    return (clock.now - start) / .seconds(1)
  }
}
