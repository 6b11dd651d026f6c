import ModelGraph
import OpenCL

/// A batch-norm in training mode with its ReLU, and the 1×1 convolution that reads it, computed as one:
/// Kernels/cpu/pointwise_conv2d.cl.
///
/// The output has the same bits as those of ``BatchNormalizationStage`` and ``PointwiseStage``.
final class NormalizedPointwiseStage: NormalizedStage {
  var following: TrainedNormalization?
  private let stage: Stage
  let normalization: TrainedNormalization
  let kernel: Parameter
  private let product: PointwiseProduct
  private let filter: PointwiseFilterGradient
  private let transposed: TransposedKernel
  let epilogue: Epilogue

  /// - Precondition: A stage before the two is trained.
  init(
    _ normalization: TrainedNormalization, _ stage: Stage, of pack: Pack, _ kernels: KernelCatalogue,
    microBatch: Int
  ) throws {
    self.stage = stage
    self.normalization = normalization
    kernel = try PointwiseStage.kernel(of: stage, pack, kernels.device)
    product = PointwiseProduct(
      inBlocks: stage.inputShape.blocks, outBlocks: stage.outputShape.blocks, kernels: kernels)
    filter = PointwiseFilterGradient(kernel, inBlocks: stage.inputShape.blocks, kernels)
    transposed = try TransposedKernel(kernel, of: stage, kernels)
    epilogue = try Epilogue(stage, of: pack, kernels, microBatch: microBatch)
  }

  func forward(_ pass: ForwardPass, to output: Buffer) throws(OpenCLError) {
    if try normalization.takesStatistics(in: pass) { return }
    try epilogue.prepare()
    let pixels = pass.images * stage.inputShape.pixels
    let operands = try [.buffer(pass.input)] + normalization.prepared(for: pass.mode) + normalization.bounds
    try takingStatistics(in: pass, pixelsPerItem: product.pixelsPerTask(pixels)) {
      partials throws(OpenCLError) in
      try product.enqueue(
        "normalized_pointwise_conv2d_forward",
        operands + (partials ?? [.buffer(output), .buffer(output)]) + [.uint(partials == nil ? 0 : 1)],
        kernel.values, epilogue.ending, to: output, pixels: pixels)
    }
  }

  func backward(_ pass: BackwardPass, to inputGradient: Buffer?) throws(OpenCLError) {
    guard let inputGradient else { preconditionFailure("a stage before is trained") }
    guard pass.number == 0 else {
      return try normalization.backwardData(pass.input, inputGradient, pass.part)
    }
    try epilogue.backward(pass)
    let pixels = pass.images * stage.inputShape.pixels
    try filter.enqueue(
      pass.input, normalized: normalization.prepared(for: .training(pass.part)) + normalization.bounds,
      pass.outputGradient, pass, pixels: pixels)
    try normalization.backwardSums(pass, items: transposed.parts(of: pixels)) {
      partials throws(OpenCLError) in
      try transposed.multiply(
        "normalized_pointwise_conv2d_backward_data",
        [.buffer(pass.outputGradient), .buffer(pass.input)] + normalization.backwardOperands
          + normalization.bounds + partials, to: inputGradient, pixels: pixels)
    }
  }
}
