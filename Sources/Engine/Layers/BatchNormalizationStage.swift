import ModelGraph
import OpenCL

/// A batch-norm in training mode, and the ReLU after it: Kernels/batch_normalization.cl.
final class BatchNormalizationStage: StageOperation {
  private let stage: Stage
  private let normalization: TrainedNormalization
  private let kernels: KernelCatalogue
  private let passesGradientOn: Bool

  var parameters: [Parameter] { normalization.parameters }
  var leadingNormalization: TrainedNormalization? { normalization }
  var statistics: [Parameter] { normalization.statistics }
  var forwardPasses: Int { normalization.forwardPasses }
  /// Sums of the gradient, gradient of the input.
  var backwardPasses: Int { passesGradientOn ? 2 : 1 }

  /// - Parameter microBatch: The most images of one pass.
  init(
    _ stage: Stage, _ settings: BatchNormalization, of pack: Pack, _ kernels: KernelCatalogue,
    microBatch: Int, passesGradientOn: Bool
  ) throws {
    self.stage = stage
    self.kernels = kernels
    self.passesGradientOn = passesGradientOn
    normalization = try TrainedNormalization(stage, settings, of: pack, kernels, microBatch: microBatch)
  }

  func forward(_ pass: ForwardPass, to output: Buffer) throws(OpenCLError) {
    if try normalization.takesStatistics(in: pass) { return }
    let pixels = pass.images * stage.outputShape.pixels
    let perItem = kernels.streamedPixels
    try kernels.enqueue(
      "batch_normalization_forward", groups: [(pixels + perItem - 1) / perItem, stage.outputShape.blocks],
      [.buffer(pass.input)] + normalization.prepared(for: pass.mode)
        + [.buffer(output), .uint(pixels), .uint(perItem)] + normalization.bounds)
  }

  func backward(_ pass: BackwardPass, to inputGradient: Buffer?) throws(OpenCLError) {
    if pass.number == 0 {
      try normalization.backwardSums(pass)
    } else if inputGradient != nil {
      try normalization.backwardData(pass.input, pass.outputGradient, pass.part)
    }
  }
}
