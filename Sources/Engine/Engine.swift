public import ModelGraph
public import OpenCL

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
  public let batchSize: Int

  private let kernels: KernelCatalogue
  private let prefix: FrozenPrefix
  private let tail: TrainableTail
  private let loss: SoftmaxCrossEntropy

  /// - Parameter batchSize: The most images of one training step or evaluation.
  /// - Throws: ``EngineError`` where the network or its mask cannot run, `OpenCLError` where the device fails.
  public init(_ pack: Pack, batchSize: Int, device: Device) throws {
    let plan = try Plan(pack)
    let kernels = try KernelCatalogue(device)
    self.kernels = kernels
    self.batchSize = batchSize
    classCount = try plan.classCount(of: pack.graph)
    featureCount = plan.featureShape.count
    imageCount = plan.inputShape.pixels * plan.inputShape.channels
    var operations: [any StageOperation] = []
    for index in 0..<plan.end {
      operations.append(
        try StageFactory.operation(plan.stages[index], of: pack, kernels, passesGradientOn: index > plan.cut))
    }
    prefix = try FrozenPrefix(Array(operations[..<plan.cut]), plan, device)
    tail = try TrainableTail(Array(operations[plan.cut...]), plan, batchSize: batchSize, device)
    loss = try SoftmaxCrossEntropy(classes: classCount, batchSize: batchSize, kernels)
  }

  /// Computes the features of `count` images.
  ///
  /// - Parameters:
  ///   - images: [count, H, W, C], preprocessed.
  ///   - features: Where `count · featureCount` floats go.
  public func computeFeatures(
    of images: UnsafePointer<Float>, count: Int, into features: UnsafeMutablePointer<Float>
  ) throws(OpenCLError) {
    try prefix.run(images, count: count, into: features)
  }

  /// One step: forward, loss, backward, update. The result is of the weights before the update.
  ///
  /// - Parameters:
  ///   - records: Features of many images, `featureCount` floats each.
  ///   - indices: Positions among them of the batch's images, at most `batchSize`.
  ///   - labels: The batch's classes, in the order of `indices`.
  public func trainingStep(
    _ records: UnsafePointer<Float>, indices: ArraySlice<Int>, labels: [Int], _ optimizer: SGD
  ) throws(OpenCLError) -> BatchResult {
    try tail.load(records, indices)
    try tail.forward(images: indices.count)
    try loss.forward(tail.logits, labels: labels, gradient: tail.logitsGradient)
    let result = try batchResult(labels)
    try tail.backward(images: indices.count)
    for parameter in tail.parameters { try optimizer.update(parameter, kernels) }
    try kernels.device.flush()
    return result
  }

  /// Loss and predictions of a batch; parameters as in ``trainingStep(_:indices:labels:_:)``.
  public func evaluate(
    _ records: UnsafePointer<Float>, indices: ArraySlice<Int>, labels: [Int]
  ) throws(OpenCLError) -> BatchResult {
    try tail.load(records, indices)
    try tail.forward(images: indices.count)
    try loss.forward(tail.logits, labels: labels, gradient: nil)
    return try batchResult(labels)
  }

  /// Probabilities [images, classes] of a batch.
  public func probabilities(
    _ records: UnsafePointer<Float>, indices: ArraySlice<Int>
  ) throws(OpenCLError) -> [Float] {
    try tail.load(records, indices)
    try tail.forward(images: indices.count)
    return try loss.probabilities(tail.logits, images: indices.count)
  }

  private func batchResult(_ labels: [Int]) throws(OpenCLError) -> BatchResult {
    let losses = try loss.losses(images: labels.count)
    let probabilities = try loss.probabilities(tail.logits, images: labels.count)
    return BatchResult(losses: losses, probabilities: probabilities, labels: labels)
  }

  /// The present values of everything that is trained, whole tensors also where a part of the channels is.
  public func trainedWeights() throws(OpenCLError) -> Weights {
    var weights: Weights = [:]
    for parameter in tail.parameters { weights[parameter.id] = try parameter.tensor() }
    return weights
  }

  /// The gradients of the last step, in Keras's shapes.
  package func gradients() throws(OpenCLError) -> Weights {
    var weights: Weights = [:]
    for parameter in tail.parameters { weights[parameter.id] = try parameter.gradientTensor() }
    return weights
  }
}
