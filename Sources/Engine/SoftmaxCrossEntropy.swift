import OpenCL

/// The loss on top of the logits: Kernels/softmax.cl.
final class SoftmaxCrossEntropy {
  private let kernels: KernelCatalogue
  private let classes: Int
  private let labels: Buffer
  private let losses: Buffer
  private let probabilities: Buffer
  /// Stands in for the gradient where nobody wants it.
  private let unusedGradient: Buffer

  init(classes: Int, batchSize: Int, _ kernels: KernelCatalogue) throws(OpenCLError) {
    self.kernels = kernels
    self.classes = classes
    labels = try Buffer(kernels.device, count: batchSize)
    losses = try Buffer(kernels.device, count: batchSize)
    probabilities = try Buffer(kernels.device, count: batchSize * classes)
    unusedGradient = try Buffer(
      kernels.device, count: batchSize * ActivationShape.blocks(of: classes) * ActivationShape.block)
  }

  /// Queues the losses of a batch, and the gradient of their mean with respect to the logits.
  func forward(_ logits: Buffer, labels: [Int], gradient: Buffer?) throws(OpenCLError) {
    try self.labels.write(labels.map { UInt32($0) })
    try kernels.device.enqueue(
      kernels.kernel("softmax_cross_entropy"), global: [labels.count],
      [
        .buffer(logits), .buffer(self.labels), .buffer(losses), .buffer(gradient ?? unusedGradient),
        .uint(labels.count), .uint(classes), .float(1 / Float(labels.count)),
      ])
  }

  /// The losses of the batch, an image each.
  func losses(images: Int) throws(OpenCLError) -> [Float] { try losses.floats(images) }

  /// [images, classes]
  func probabilities(_ logits: Buffer, images: Int) throws(OpenCLError) -> [Float] {
    try kernels.device.enqueue(
      kernels.kernel("softmax_forward"), global: [images],
      [.buffer(logits), .buffer(probabilities), .uint(images), .uint(classes)])
    return try probabilities.floats(images * classes)
  }
}
