import ModelGraph
import OpenCL

/// How a run is cut so that it fits into memory, and what it takes then. Sizes are in bytes.
///
/// What a device's driver takes for itself is not in it.
public struct MemoryPlan: Sendable, Hashable {
  /// Images that go through the trained layers at once. A batch of more comes in several parts.
  public let microBatch: Int
  /// Images that go through the frozen layers at once.
  public let imagesPerRun: Int
  /// Images that are decoded at once; as many wait decoded.
  public let imagesPerRead: Int
  /// Whether activations go to a scratch file between the layers.
  public let spills: Bool
  /// Parts of a batch that go through the layers together.
  let partsTogether: Int
  public let need: MemoryNeed
}

/// What a run takes, in bytes.
public struct MemoryNeed: Sendable, Hashable {
  /// Weights on the device, and as the pack has them.
  public var weights = 0
  /// Gradients, and what the optimizer remembers.
  public var gradients = 0
  /// The features of a batch, also where they are read in their place, outputs of the trained layers and their gradients.
  public var activations = 0
  /// The frozen layers' buffers.
  public var frozenLayers = 0
  /// Images that are decoded or wait.
  public var images = 0
  /// An allowance for what no plan knows: a file as it is decoded, pages of mapped files, small buffers.
  public let allowance = 2_000_000

  public var total: Int { weights + gradients + activations + frozenLayers + images + allowance }
}

extension Plan {
  /// Floats of one image at each level of the tail: the features, and each unit's output.
  var activationLevels: [Int] {
    [featureShape.count] + units.map { stages[$0.upperBound - 1].outputShape.floatsPerImage }
  }

  /// Which of two places the gradient of each of the ``activationLevels`` has: another one than that from which it is
  /// computed, unless it replaces that.
  var gradientPlaces: [Int] {
    let fromLogits = units.reversed().reduce(into: [0]) { places, unit in
      let replaces = unit.count == 1 && stages[unit.lowerBound].replacesGradient
      places.append(replaces ? places.last! : 1 - places.last!)
    }
    return fromLogits.reversed()
  }

  /// Floats of one image in the two places of gradients.
  var gradientLevels: [Int] {
    let (levels, places) = (activationLevels, gradientPlaces)
    let withGradient = levels.indices.dropFirst(firstTrainedUnit.map { $0 + 1 } ?? levels.count)
    return (0...1).map { place in withGradient.filter { places[$0] == place }.map { levels[$0] }.max() ?? 1 }
  }
}

extension MemoryPlan {
  /// The fastest way to run that keeps within the limit.
  ///
  /// - Parameters:
  ///   - family: The kernels that run.
  ///   - frozenActivations: As what those for GPUs keep what goes from a frozen convolution to the next.
  ///   - limit: Bytes; nil for as much as there is.
  ///   - largestMicroBatch: The most images that go through the trained layers at once; nil for as many as there are.
  /// - Throws: ``EngineError/overMemoryLimit(least:)``
  init(
    _ pack: Pack, _ plan: Plan, _ optimizer: Optimizer, batchSize: Int, _ family: KernelFamily = .cpu,
    frozenActivations: Element = .float, limit: Int?, largestMicroBatch: Int? = nil
  ) throws(EngineError) {
    let sizes = MemorySizes(pack, plan, optimizer, family, frozenActivations)
    if let largestMicroBatch, largestMicroBatch < batchSize {
      let largest = max(largestMicroBatch, 1)
      self.init(
        sizes, batchSize, .smallest, parts: (batchSize + largest - 1) / largest, spills: plan.needsWholeBatch)
      if let limit, need.total > limit { throw .overMemoryLimit(least: need.total) }
      return
    }
    guard let limit else {
      self.init(sizes, batchSize, Feed.fastest(family), parts: 1, spills: false)
      return
    }
    let whole = MemoryPlan(sizes, batchSize, Feed.smallest, parts: 1, spills: false)
    let spills = plan.needsWholeBatch && whole.need.total > limit
    let least = MemoryPlan(sizes, batchSize, Feed.smallest, parts: batchSize, spills: spills)
    guard least.need.total <= limit else { throw .overMemoryLimit(least: least.need.total) }
    // The feed comes second: it is the trained part that runs in every epoch.
    let parts = plan.needsWholeBatch && !spills ? 1 : MemoryPlan.fewestParts(sizes, batchSize, spills, limit)
    let feed = Feed.all(family).first {
      MemoryPlan(sizes, batchSize, $0, parts: parts, spills: spills).need.total <= limit
    }
    self.init(sizes, batchSize, feed ?? .smallest, parts: parts, spills: spills)
  }

  private static func fewestParts(_ sizes: MemorySizes, _ batchSize: Int, _ spills: Bool, _ limit: Int) -> Int
  {
    // Fewer parts never take less.
    var (tooFew, enough) = (0, batchSize)
    while enough - tooFew > 1 {
      let middle = (tooFew + enough) / 2
      let plan = MemoryPlan(sizes, batchSize, .smallest, parts: middle, spills: spills)
      if plan.need.total <= limit { enough = middle } else { tooFew = middle }
    }
    return enough
  }

  private init(_ sizes: MemorySizes, _ batchSize: Int, _ feed: Feed, parts: Int, spills: Bool) {
    microBatch = (batchSize + parts - 1) / parts
    imagesPerRun = feed.imagesPerRun
    imagesPerRead = feed.imagesPerRead
    self.spills = spills && microBatch < batchSize
    partsTogether = spills ? (batchSize + microBatch - 1) / microBatch : 1
    need = sizes.need(microBatch: microBatch, feed, spills: self.spills)
  }
}

/// How many images go together on the way to the trained layers.
private struct Feed {
  let imagesPerRun: Int
  let imagesPerRead: Int

  static let smallest = Feed(imagesPerRun: 1, imagesPerRead: 1)

  /// Few images stay in a processor's caches; a GPU's compute units need many to be busy with the last layers.
  static func fastest(_ family: KernelFamily) -> Feed {
    switch family {
    case .cpu: Feed(imagesPerRun: 4, imagesPerRead: 16)
    case .gpu: Feed(imagesPerRun: 32, imagesPerRead: 32)
    }
  }

  /// The fastest first.
  static func all(_ family: KernelFamily) -> [Feed] {
    [
      fastest(family), fastest(.cpu), Feed(imagesPerRun: 2, imagesPerRead: 4),
      Feed(imagesPerRun: 1, imagesPerRead: 2), smallest,
    ]
  }
}

/// Floats that the parts of a network take.
private struct MemorySizes {
  private let weights: Int
  private let gradients: Int
  private let levels: [Int]
  private let gradientLevels: [Int]
  /// Bytes of an image that stages keep beside their inputs and outputs.
  private let kept: Int
  private let frozen: Int
  private let image: Int
  private let trains: Bool

  init(_ pack: Pack, _ plan: Plan, _ optimizer: Optimizer, _ family: KernelFamily, _ activations: Element) {
    let graph = pack.graph
    let transposed = plan.stages.enumerated().reduce(0) { sum, entry in
      guard let first = plan.firstTrained, entry.offset > first, case .pointwise = entry.element.kind else {
        return sum
      }
      return sum + entry.element.inputShape.channels * entry.element.outputShape.channels
    }
    weights = 2 * graph.parameterCount + transposed
    let trained = pack.mask.channels.keys.reduce(0) { $0 + (graph.spec(of: $1)?.elementCount ?? 0) }
    gradients = trained * (1 + optimizer.rule.slotCount)
    levels = plan.activationLevels
    gradientLevels = plan.gradientLevels
    kept = plan.tail.reduce(0) { $0 + $1.bytesKeptPerImage }
    let floats = FrozenFloats(Plan.groups(of: plan.stages[..<plan.cut], family, activations, chains: true))
    frozen = plan.cut == 0 ? 0 : (floats.turns + floats.between).reduce(0, +)
    image = plan.inputShape.pixels * plan.inputShape.channels
    trains = plan.firstTrained != nil
  }

  func need(microBatch: Int, _ feed: Feed, spills: Bool) -> MemoryNeed {
    let turns = (0...1).map { turn in levels.indices.filter { $0 % 2 == turn }.map { levels[$0] }.max() ?? 1 }
    let activations = (spills ? turns : levels).reduce(0, +) + (trains ? gradientLevels.reduce(0, +) : 0)
    var need = MemoryNeed()
    need.weights = 4 * weights
    need.gradients = 4 * gradients
    need.activations = (4 * activations + kept) * microBatch
    need.frozenLayers = 4 * (image + frozen) * feed.imagesPerRun
    // Those that are decoded now, those that wait for the device, and the features of these.
    need.images = 4 * (2 * image + levels[0]) * feed.imagesPerRead
    return need
  }
}
