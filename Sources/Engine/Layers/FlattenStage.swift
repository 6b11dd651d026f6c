import ModelGraph
import OpenCL

/// Flatten of more than one pixel: Kernels/flatten.cl.
final class FlattenStage: StageOperation {
  private let stage: Stage
  private let kernels: KernelCatalogue

  init(_ stage: Stage, _ kernels: KernelCatalogue) {
    self.stage = stage
    self.kernels = kernels
  }

  func forward(_ pass: ForwardPass, to output: Buffer) throws(OpenCLError) {
    try kernels.enqueue(
      "flatten_forward", groups: [pass.images, stage.outputShape.blocks],
      [.buffer(pass.input), .buffer(output)] + geometry(pass.images))
  }

  func backward(_ pass: BackwardPass, to inputGradient: Buffer?) throws(OpenCLError) {
    guard let inputGradient else { return }
    try kernels.enqueue(
      "flatten_backward_data", groups: [pass.images, stage.inputShape.blocks],
      [.buffer(pass.outputGradient), .buffer(inputGradient)] + geometry(pass.images))
  }

  private func geometry(_ images: Int) -> [KernelArgument] {
    [.uint(images), .uint(stage.inputShape.pixels), .uint(stage.inputShape.channels)]
  }
}
