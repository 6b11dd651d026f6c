import OpenCL

/// Keras's categorical cross-entropy, and what it is told of the classes.
public struct LossSettings: Sendable, Hashable, Codable {
  /// `label_smoothing`: the share of each target that is spread evenly over the classes.
  public var labelSmoothing: Float
  /// `class_weight` of `fit`: by which the loss of each image of a class counts in training; empty for one each.
  public var classWeights: [Float]

  public init(labelSmoothing: Float = 0, classWeights: [Float] = []) {
    self.labelSmoothing = labelSmoothing
    self.classWeights = classWeights
  }

  func weight(of label: Int) -> Float { classWeights.indices.contains(label) ? classWeights[label] : 1 }
}

/// The loss on top of the logits: Kernels/softmax.cl.
final class SoftmaxCrossEntropy {
  private let kernels: KernelCatalogue
  private let classes: Int
  private let labels: Buffer
  private let weights: Buffer
  private let losses: Buffer
  private let probabilities: Buffer
  /// Stands in for the gradient where nobody wants it.
  private let unusedGradient: Buffer
  /// What the classes and weights were last written from; the next wait until that is done.
  private var written: (labels: HostArray<UInt32>, weights: HostArray<Float>)?

  init(classes: Int, batchSize: Int, _ kernels: KernelCatalogue) throws(OpenCLError) {
    self.kernels = kernels
    self.classes = classes
    labels = try Buffer(kernels.device, count: batchSize)
    weights = try Buffer(kernels.device, count: batchSize)
    losses = try Buffer(kernels.device, count: batchSize)
    probabilities = try Buffer(kernels.device, count: batchSize * classes)
    unusedGradient = try Buffer(
      kernels.device, count: batchSize * ActivationShape.blocks(of: classes) * ActivationShape.block)
  }

  /// Queues the losses of some images, and the gradient of the batch's mean with respect to their logits.
  ///
  /// - Parameters:
  ///   - labels: The images' classes.
  ///   - batchImages: Images of the whole batch.
  ///   - gradient: nil where nobody wants it: an evaluation, in which no class weighs more than another.
  func forward(
    _ logits: Buffer, labels: ArraySlice<Int>, batchImages: Int, _ settings: LossSettings, gradient: Buffer?
  ) throws(OpenCLError) -> PendingResult {
    let labelled = HostArray(labels.map { UInt32(truncatingIfNeeded: $0) })
    let weighted = HostArray(labels.map { gradient == nil ? 1 : settings.weight(of: $0) })
    try self.labels.write(labelled)
    try weights.write(weighted)
    written = (labelled, weighted)
    try kernels.enqueue(
      "softmax_cross_entropy", groups: [labels.count],
      [
        .buffer(logits), .buffer(self.labels), .buffer(weights), .buffer(losses),
        .buffer(gradient ?? unusedGradient), .uint(labels.count), .uint(classes),
        .float(1 / Float(batchImages)), .float(settings.labelSmoothing),
      ])
    try enqueueProbabilities(logits, images: labels.count)
    let result = PendingResult(labels: Array(labels), classes: classes)
    try losses.read(into: result.losses)
    try probabilities.read(into: result.probabilities)
    return result
  }

  /// [images, classes]
  func probabilities(_ logits: Buffer, images: Int) throws(OpenCLError) -> [Float] {
    try enqueueProbabilities(logits, images: images)
    return try probabilities.floats(images * classes)
  }

  private func enqueueProbabilities(_ logits: Buffer, images: Int) throws(OpenCLError) {
    try kernels.enqueue(
      "softmax_forward", groups: [images],
      [.buffer(logits), .buffer(probabilities), .uint(images), .uint(classes)])
  }
}
