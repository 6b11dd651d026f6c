import ModelGraph
import OpenCL

/// The stages from the first that varies to the logits: forward over a batch, and backward.
///
/// A batch comes in micro-batches. Where their gradients only add up, each goes forward and backward by itself;
/// where a stage needs the whole batch, all of them go through each stage before the next.
final class TrainableTail {
  let operations: [any StageOperation]
  /// What each operation computes.
  private let units: [[Stage]]
  private let kernels: KernelCatalogue
  let parameters: [Parameter]
  /// What moves with the data.
  let statistics: [Parameter]
  let microBatch: Int
  private let needsWholeBatch: Bool
  /// Where among the operations back-propagation stops.
  private let firstTrained: Int?
  /// Level 0 holds the features, level i the output of operation i − 1; the last one the logits.
  private let activations: ActivationStore
  /// Gradients of levels, in two places; which of them each level has.
  private let gradients: ActivationStore?
  private let gradientPlaces: [Int]
  private let features: FeatureGather
  /// What the first operation reads where the features of the present part stay among the records.
  private var records: (onDevice: Buffer, index: Buffer)?

  /// - Parameter operations: Those of the plan's units.
  init(
    _ operations: [any StageOperation], _ plan: Plan, _ memory: MemoryPlan, _ options: EngineOptions,
    _ kernels: KernelCatalogue
  ) throws {
    let device = kernels.device
    for (operation, next) in zip(operations, operations.dropFirst()) {
      guard let taker = operation as? any StatisticsTaker else { continue }
      next.leadingNormalization?.follow(taker)
    }
    self.operations = operations
    self.kernels = kernels
    units = plan.units.map { Array(plan.stages[$0]) }
    parameters = operations.flatMap(\.parameters)
    statistics = operations.flatMap(\.statistics)
    microBatch = memory.microBatch
    needsWholeBatch = plan.needsWholeBatch
    firstTrained = plan.firstTrainedUnit
    features = try FeatureGather(
      plan.featureShape, options.featurePrecision, images: memory.microBatch, kernels)
    let spill = memory.spills ? options.spillFolders : nil
    activations = try ActivationStore(
      levels: plan.activationLevels, microBatch: microBatch, parts: memory.partsTogether, spill: spill,
      firstMayStayAway: operations.first?.readsRecords == true, device)
    gradientPlaces = plan.gradientPlaces
    gradients =
      firstTrained == nil
      ? nil
      : try ActivationStore(
        levels: plan.gradientLevels, microBatch: microBatch, parts: memory.partsTogether, spill: spill, device
      )
  }

  /// The parts of a batch that go through the stages together.
  func groups(of parts: [MicroBatch]) -> [[MicroBatch]] { needsWholeBatch ? [parts] : parts.map { [$0] } }

  /// Loads the features of a part, unless the first operation can read them where they are.
  ///
  /// - Parameters:
  ///   - records: Features of many images, one after another.
  ///   - indices: Positions among them of the part's images.
  ///   - place: The part's place in its group.
  ///   - copies: Whether they are loaded in any case.
  func load(
    _ records: FeatureRecords, _ indices: ArraySlice<Int>, at place: Int, copies: Bool = false
  ) throws {
    self.records = nil
    records.willRead(indices, of: features.byteCount)
    if !copies, !needsWholeBatch, operations.first?.readsRecords == true,
      let onDevice = features.inPlace(records)
    {
      self.records = (onDevice, try features.index(of: indices))
      return
    }
    try features.gather(indices, of: records, to: activations.target(0, part: place))
    try activations.keep(0, part: place)
  }

  /// Whether the features that were loaded last are read in their place.
  var readsInPlace: Bool { records != nil }

  /// What an operation reads of a part.
  private func input(of index: Int, part place: Int) throws -> (buffer: Buffer, index: Buffer?) {
    if index == 0, let records { return (records.onDevice, records.index) }
    return (try activations.buffer(index, part: place), nil)
  }

  func logits(at place: Int) throws -> Buffer { try activations.buffer(operations.count, part: place) }

  /// The gradient of the logits, for the loss to write; ``keepLogitsGradient(at:)`` follows.
  func logitsGradient(at place: Int) throws(OpenCLError) -> Buffer? {
    try gradients?.target(gradientPlaces[operations.count], part: place)
  }

  func keepLogitsGradient(at place: Int) throws {
    try gradients?.keep(gradientPlaces[operations.count], part: place)
  }

  /// Some images as they are, without training; their features are at place 0.
  func infer(images: Int) throws {
    for (index, operation) in operations.enumerated() {
      let input = try input(of: index, part: 0)
      try operation.forward(
        ForwardPass(input: input.buffer, index: input.index, images: images, mode: .inference),
        to: activations.target(index + 1, part: 0))
      try activations.keep(index + 1, part: 0)
    }
  }

  /// The forward pass of a training step.
  func forward(_ group: [MicroBatch]) throws {
    for (index, operation) in operations.enumerated() {
      for number in 0..<operation.forwardPasses {
        for (place, part) in group.enumerated() {
          let input = try input(of: index, part: place)
          let pass = ForwardPass(
            input: input.buffer, index: input.index, images: part.images, mode: .training(part),
            number: number)
          trace(index, images: part.images)
          try operation.forward(pass, to: activations.target(index + 1, part: place))
          if number == operation.forwardPasses - 1 { try activations.keep(index + 1, part: place) }
        }
      }
    }
  }

  /// From the gradient of the logits to those of the parameters.
  func backward(_ group: [MicroBatch]) throws {
    guard let gradients, let firstTrained else { return }
    for index in operations.indices.reversed() where index >= firstTrained {
      let operation = operations[index]
      let replaces = gradientPlaces[index] == gradientPlaces[index + 1]
      for number in 0..<operation.backwardPasses {
        let isLast = number == operation.backwardPasses - 1
        for (place, part) in group.enumerated() {
          let input = try input(of: index, part: place)
          let pass = BackwardPass(
            input: input.buffer, index: input.index,
            output: try activations.buffer(index + 1, part: place),
            outputGradient: try gradients.buffer(gradientPlaces[index + 1], part: place), part: part,
            number: number)
          trace(index, images: part.images)
          let target =
            index > firstTrained ? try target(of: index, part: place, pass: number, gradients) : nil
          try operation.backward(pass, to: target)
          if isLast || !replaces, target != nil { try gradients.keep(gradientPlaces[index], part: place) }
        }
      }
    }
  }

  /// Where an operation's gradient of the input goes, with what its pass before this one wrote there.
  private func target(
    of index: Int, part: Int, pass number: Int, _ gradients: ActivationStore
  ) throws -> Buffer {
    number == 0
      ? try gradients.target(gradientPlaces[index], part: part)
      : try gradients.buffer(gradientPlaces[index], part: part)
  }

  /// Runs the forward pass of a training step, and looks for numbers that are not finite.
  ///
  /// - Returns: nil where there are none; else the position in the graph of the layer that gives the first, or nil for the
  ///   features.
  func firstNotFinite(_ group: [MicroBatch]) throws -> Int?? {
    try forward(group)
    let outputs = units.compactMap(\.last)
    let levels = [nil] + outputs.map(\.layer)
    let counts = [features.count] + outputs.map(\.outputShape.floatsPerImage)
    for (level, layer) in levels.enumerated() {
      for (place, part) in group.enumerated() {
        let buffer = try activations.buffer(level, part: place)
        let isFinite = try buffer.withMappedFloats(part.images * counts[level], .reading) { floats in
          floats.allSatisfy(\.isFinite)
        }
        if !isFinite { return .some(layer) }
      }
    }
    return nil
  }

  private func trace(_ index: Int, images: Int) {
    kernels.trace?.current = (units[index], images)
  }
}
