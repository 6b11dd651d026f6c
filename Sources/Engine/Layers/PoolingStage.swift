import ModelGraph
import OpenCL

/// Average pooling: Kernels/average_pooling2d.cl.
final class PoolingStage: StageOperation {
  private let stage: Stage
  private let geometry: WindowGeometry
  private let kernels: KernelCatalogue

  init(_ stage: Stage, _ geometry: WindowGeometry, _ kernels: KernelCatalogue) {
    self.stage = stage
    self.geometry = geometry
    self.kernels = kernels
  }

  func forward(_ pass: ForwardPass, to output: Buffer) throws(OpenCLError) {
    try kernels.enqueue(
      "average_pooling2d_forward", groups: [pass.images, stage.inputShape.blocks],
      [.buffer(pass.input), .buffer(output)] + geometry.arguments(images: pass.images))
  }

  func backward(_ pass: BackwardPass, to inputGradient: Buffer?) throws(OpenCLError) {
    guard let inputGradient else { return }
    try kernels.enqueue(
      "average_pooling2d_backward_data", groups: [pass.images, stage.inputShape.blocks],
      [.buffer(pass.outputGradient), .buffer(inputGradient)] + geometry.arguments(images: pass.images))
  }
}
