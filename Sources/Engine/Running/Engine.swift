public import ModelGraph
public import OpenCL
public import SystemFiles

/// A classifier on a device: what its freeze mask leaves frozen is computed once an image, the rest is trained.
///
/// Features go between the two halves through the caller, who keeps them. Their layout is the device's; only
/// their number is public. Not `Sendable`: an engine belongs to one thread at a time.
public final class Engine {
  /// Floats of one image's features.
  public let featureCount: Int
  /// Floats of one preprocessed image [H, W, C].
  public let imageCount: Int
  public let classCount: Int
  public let options: EngineOptions
  /// How the memory is used.
  public let memory: MemoryPlan

  private let graph: Graph
  /// Layers of the graph before the first that runs in every step.
  let frozenLayers: Int
  private let kernels: KernelCatalogue
  private let prefix: FrozenPrefix
  private let tail: TrainableTail
  private let loss: SoftmaxCrossEntropy
  private let update: ParameterUpdate
  /// What the gradients that were queued last are read from, where its memory is let go of afterwards.
  private var lentRecords: FeatureRecords?
  /// Of records that the device has.
  private var recordBytes = 0

  public var batchSize: Int { options.batchSize }
  /// Bytes of one image's features as they are kept.
  public var featureBytes: Int { featureCount * options.featurePrecision.byteCount }
  /// What decides which features the kernels give.
  var identityOfKernels: [String] { kernels.identity }
  /// Names of the kernel files that were built so far.
  package var builtFiles: Set<String> { kernels.builtFiles }
  /// Names of the kernels that were run so far.
  package var usedKernels: Set<String> { kernels.usedKernels }

  /// - Parameter variant: The kernels to run; nil for what runs on the device where nothing else is asked for.
  /// - Throws: ``EngineError`` where the network or its mask cannot run, `OpenCLError` where the device fails,
  ///   `FileError` where no folder takes the activations that do not fit.
  public convenience init(
    _ pack: Pack, _ options: EngineOptions, device: Device, kernels variant: KernelVariant? = nil
  ) throws {
    try self.init(pack, options, kernels: KernelCatalogue(device, try variant ?? .chosen(for: device)))
  }

  /// - Parameter kernels: What is built of them already is not built again.
  package init(_ pack: Pack, _ options: EngineOptions, kernels: KernelCatalogue) throws {
    let plan = try Plan(pack, kernels.family)
    let memory = try MemoryPlan(
      pack, plan, options.optimizer, batchSize: options.batchSize, kernels.family,
      frozenActivations: kernels.variant.frozenActivations, limit: options.memoryLimit,
      largestMicroBatch: options.largestMicroBatch)
    self.kernels = kernels
    self.options = options
    self.memory = memory
    graph = pack.graph
    classCount = try plan.classCount(of: pack.graph)
    featureCount = plan.featureShape.count
    imageCount = plan.inputShape.pixels * plan.inputShape.channels
    frozenLayers = plan.tail.first?.layer ?? pack.graph.layers.count
    prefix = FrozenPrefix(
      plan.stages[..<plan.cut], of: pack, plan, imagesPerRun: memory.imagesPerRun, kernels)
    let operations = try plan.units.map { unit in
      try StageFactory.operation(
        Array(plan.stages[unit]), of: pack, kernels, microBatch: memory.microBatch,
        passesGradientOn: plan.passesGradientOn(unit))
    }
    tail = try TrainableTail(operations, plan, memory, options, kernels)
    loss = try SoftmaxCrossEntropy(classes: classCount, batchSize: memory.microBatch, kernels)
    update = try ParameterUpdate(options.optimizer, tail.parameters, kernels)
    Engine.foresee([pack], options, kernels)
  }

  var isTrained: Bool { !tail.parameters.isEmpty }

  /// Computes the features of `count` images.
  ///
  /// - Parameters:
  ///   - images: [count, H, W, C], preprocessed.
  ///   - records: Where `count · featureBytes` bytes go.
  /// - Throws: `OpenCLError`, or ``EngineError/beyondHalfPrecision``.
  public func computeFeatures(
    of images: UnsafePointer<Float>, count: Int, into records: UnsafeMutableRawPointer
  ) throws {
    try prefix.run(images, count: count, into: records, as: options.featurePrecision)
  }

  /// Gives back the memory that the frozen layers take; ``computeFeatures(of:count:into:)`` takes it again.
  public func releaseFrozenLayers() {
    prefix.releaseMemory()
    ProcessMemory.returnUnused()
  }

  /// Features that stay as they are for many batches. Where memory has no limit and the device has room, it takes from
  /// them by itself what a batch needs, so that nothing of a step waits for the host; where it works on the host's memory
  /// they stay in their place.
  ///
  /// - Parameters:
  ///   - bytes: `featureBytes` an image.
  ///   - owner: Whose life the bytes share; kept as long as they are needed.
  ///   - file: Where they wait while they are not needed; nil where they may stay in memory.
  public func records(
    _ bytes: UnsafeRawBufferPointer, of owner: AnyObject, in file: (any FileMemory)? = nil
  ) -> FeatureRecords {
    let info = kernels.device.info
    let hasRoom = info.hasHostUnifiedMemory || recordBytes + bytes.count <= info.globalMemory / 2
    let isTight =
      options.memoryLimit != nil || (options.largestMicroBatch != nil && !info.hasHostUnifiedMemory)
    let onDevice =
      !isTight && hasRoom && !bytes.isEmpty
      ? try? Buffer(kernels.device, lending: bytes, of: owner) : nil
    if onDevice != nil { recordBytes += bytes.count }
    return FeatureRecords(bytes, of: owner, onDevice: onDevice, in: file)
  }

  /// One step: forward, loss, backward, update. The result is of the weights before the update.
  ///
  /// - Parameters:
  ///   - records: Features of many images.
  ///   - indices: Positions among them of the batch's images, at most `batchSize`.
  ///   - labels: The batch's classes, in the order of `indices`.
  public func trainingStep(
    _ records: FeatureRecords, indices: ArraySlice<Int>, labels: [Int], learningRate: Double
  ) throws -> BatchResult {
    try queueTrainingStep(records, indices: indices, labels: labels, learningRate: learningRate).result()
  }

  /// The same, without waiting for the device as long as everything fits into its memory.
  ///
  /// - Parameter records: Not written to before the result was asked for.
  public func queueTrainingStep(
    _ records: FeatureRecords, indices: ArraySlice<Int>, labels: [Int], learningRate: Double
  ) throws -> QueuedBatch {
    let batch = try queueGradients(records, indices: indices, labels: labels)
    try queueUpdate(learningRate: learningRate)
    return batch
  }

  /// The first part of ``queueTrainingStep(_:indices:labels:learningRate:)``: forward, loss and backward. The result is
  /// there before the gradients are; ``queueUpdate(learningRate:)`` follows.
  public func queueGradients(
    _ records: FeatureRecords, indices: ArraySlice<Int>, labels: [Int]
  ) throws -> QueuedBatch {
    let parts = parts(of: labels.count)
    var batch = QueuedBatch()
    for group in tail.groups(of: parts) {
      try load(group, records, indices)
      try tail.forward(group)
      for (place, part) in group.enumerated() {
        let gradient = try tail.logitsGradient(at: place)
        batch.parts.append(try lossOf(labels[part.range], at: place, part.batchImages, gradient: gradient))
        try tail.keepLogitsGradient(at: place)
      }
      try tail.backward(group)
    }
    if !tail.readsInPlace { batch.records = records } else if records.mustLetGo { lentRecords = records }
    try kernels.device.flush()
    return batch
  }

  /// The second part: every weight that is trained moves, by the gradients that were queued last. Where these are read from
  /// records whose memory is let go of, it waits until they were.
  public func queueUpdate(learningRate: Double) throws(OpenCLError) {
    try update.update(learningRate: learningRate)
    try kernels.device.flush()
    guard let lentRecords else { return }
    try kernels.device.finish()
    lentRecords.wasRead()
    self.lentRecords = nil
  }

  /// The micro-batches of the present step.
  private func parts(of images: Int) -> [MicroBatch] {
    var generator = SplitMix64(seed: options.seed &+ UInt64(update.iterations) &* 0x9E37_79B9_7F4A_7C15)
    return MicroBatch.parts(of: images, size: tail.microBatch, dropoutKey: generator.next())
  }

  private func load(
    _ group: [MicroBatch], _ records: FeatureRecords, _ indices: ArraySlice<Int>, copies: Bool = false
  ) throws {
    for (place, part) in group.enumerated() {
      let indices = indices.dropFirst(part.first).prefix(part.images)
      try tail.load(records, indices, at: place, copies: copies)
    }
  }

  /// Loss and predictions of a batch without training, and without waiting for the device; parameters as in
  /// ``queueTrainingStep(_:indices:labels:learningRate:)``.
  public func queueEvaluation(
    _ records: FeatureRecords, indices: ArraySlice<Int>, labels: [Int]
  ) throws -> QueuedBatch {
    var batch = QueuedBatch(records: records)
    for part in MicroBatch.parts(of: labels.count, size: tail.microBatch, dropoutKey: 0) {
      try tail.load(records, indices.dropFirst(part.first).prefix(part.images), at: 0)
      try tail.infer(images: part.images)
      batch.parts.append(try lossOf(labels[part.range], at: 0, part.batchImages, gradient: nil))
    }
    try kernels.device.flush()
    return batch
  }

  /// Probabilities [images, classes] of a batch.
  public func probabilities(
    _ records: FeatureRecords, indices: ArraySlice<Int>
  ) throws -> [Float] {
    var probabilities: [Float] = []
    for part in MicroBatch.parts(of: indices.count, size: tail.microBatch, dropoutKey: 0) {
      try tail.load(records, indices.dropFirst(part.first).prefix(part.images), at: 0)
      try tail.infer(images: part.images)
      probabilities += try loss.probabilities(tail.logits(at: 0), images: part.images)
    }
    return probabilities
  }

  private func lossOf(
    _ labels: ArraySlice<Int>, at place: Int, _ batchImages: Int, gradient: Buffer?
  ) throws -> PendingResult {
    try loss.forward(
      tail.logits(at: place), labels: labels, batchImages: batchImages, options.loss, gradient: gradient)
  }
}

extension Engine {
  /// What the kernels take that `body` runs, each by itself; those of a training step's layers with their work.
  public func tracing(_ body: () throws -> Void) throws -> [KernelRun] {
    try kernels.tracing(body)
  }

  /// Lets `measure` run each operation of the frozen layers by itself, in order; no two pairs of convolutions as one.
  ///
  /// - Parameter images: As many as ``memory`` lets through at once, preprocessed.
  public func forEachFrozenOperation(
    of pack: Pack, on images: [Float],
    _ measure: (LayerWork, _ run: @escaping () throws -> Void) throws -> Void
  ) throws {
    let plan = try Plan(pack, kernels.family)
    let prefix = FrozenPrefix(
      plan.stages[..<plan.cut], of: pack, plan, imagesPerRun: memory.imagesPerRun, chains: false, kernels)
    try prefix.forEachOperation(on: images) { group, images, run in
      try measure(LayerWork(group, in: pack.graph, images: images), run)
    }
  }

  /// The present values of all that training moves: what the mask names, whole tensors also where a part of the
  /// channels is trained, and the moving statistics of the batch-norms in training mode.
  public func trainedWeights() throws(OpenCLError) -> Weights {
    var weights: Weights = [:]
    for parameter in tail.parameters + tail.statistics { weights[parameter.id] = try parameter.tensor() }
    return weights
  }

  /// What the optimizer remembers.
  public func optimizerState() throws(OpenCLError) -> OptimizerState { try update.state() }

  /// Goes on from where an engine of the same pack and options was.
  ///
  /// - Returns: Whether these are the weights and the optimizer's state of such an engine; if not, nothing happens.
  public func restore(_ weights: Weights, _ state: OptimizerState) throws(OpenCLError) -> Bool {
    guard accepts(weights), update.accepts(state) else { return false }
    try load(weights)
    try update.restore(state)
    return true
  }

  /// Whether `weights` are all that training moves, in their shapes.
  public func accepts(_ weights: Weights) -> Bool {
    let moving = tail.parameters + tail.statistics
    return weights.count == moving.count && moving.allSatisfy { $0.accepts(weights[$0.id]) }
  }

  /// Puts other values in the place of trained ones.
  ///
  /// - Precondition: It accepts them.
  public func load(_ weights: Weights) throws(OpenCLError) {
    for parameter in tail.parameters + tail.statistics {
      if let tensor = weights[parameter.id] { try parameter.write(tensor, to: parameter.values) }
    }
  }

  /// The first place where numbers are not finite: among the weights that move, or in the forward pass of a batch; nil
  /// where there is none. Moving statistics follow the batch once more: only a run that ends asks.
  ///
  /// - Parameter indices: Positions among the records of the batch's images.
  public func firstNotFinite(
    _ records: FeatureRecords, indices: ArraySlice<Int>
  ) throws -> NotFinite? {
    for parameter in tail.parameters + tail.statistics where try !parameter.tensor().isFinite {
      return .weight(parameter.id)
    }
    for group in tail.groups(of: parts(of: indices.count)) {
      try load(group, records, indices, copies: true)
      if let place = try tail.firstNotFinite(group) {
        return place.map { .output(layer: graph.layers[$0].name) } ?? .features
      }
    }
    return nil
  }

  /// The gradients of the last step, in Keras's shapes.
  package func gradients() throws(OpenCLError) -> Weights {
    var weights: Weights = [:]
    for parameter in tail.parameters { weights[parameter.id] = try parameter.gradientTensor() }
    return weights
  }
}
