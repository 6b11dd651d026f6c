import ModelGraph
import OpenCL

/// Average pooling: Kernels/average_pooling2d.cl.
final class PoolingStage: StageOperation {
  private let stage: Stage
  private let geometry: WindowGeometry
  private let kernels: KernelCatalogue

  var parameters: [Parameter] { [] }

  init(_ stage: Stage, _ geometry: WindowGeometry, _ kernels: KernelCatalogue) {
    self.stage = stage
    self.geometry = geometry
    self.kernels = kernels
  }

  func forward(_ input: Buffer, to output: Buffer, images: Int) throws(OpenCLError) {
    try kernels.device.enqueue(
      kernels.kernel("average_pooling2d_forward"), global: [images, stage.inputShape.blocks],
      [.buffer(input), .buffer(output)] + geometry.arguments(images: images))
  }

  func backward(_ pass: BackwardPass, to inputGradient: Buffer?) throws(OpenCLError) {
    guard let inputGradient else { return }
    try kernels.device.enqueue(
      kernels.kernel("average_pooling2d_backward_data"), global: [pass.images, stage.inputShape.blocks],
      [.buffer(pass.outputGradient), .buffer(inputGradient)] + geometry.arguments(images: pass.images))
  }
}
