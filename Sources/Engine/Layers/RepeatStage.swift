import OpenCL

/// The repetition of channels before a depthwise convolution with a multiplier: Kernels/repeat_channels.cl.
final class RepeatStage: StageOperation {
  private let stage: Stage
  private let multiplier: Int
  private let kernels: KernelCatalogue

  init(_ stage: Stage, multiplier: Int, _ kernels: KernelCatalogue) {
    self.stage = stage
    self.multiplier = multiplier
    self.kernels = kernels
  }

  func forward(_ pass: ForwardPass, to output: Buffer) throws(OpenCLError) {
    try enqueue("repeat_channels_forward", pass.input, output, pass.images, stage.outputShape.blocks)
  }

  func backward(_ pass: BackwardPass, to inputGradient: Buffer?) throws(OpenCLError) {
    guard let inputGradient else { return }
    try enqueue(
      "repeat_channels_backward_data", pass.outputGradient, inputGradient, pass.images,
      stage.inputShape.blocks)
  }

  private func enqueue(
    _ name: String, _ from: Buffer, _ to: Buffer, _ images: Int, _ blocks: Int
  ) throws(OpenCLError) {
    let pixels = images * stage.inputShape.pixels
    let perItem = kernels.streamedPixels
    try kernels.enqueue(
      name, groups: [(pixels + perItem - 1) / perItem, blocks],
      [
        .buffer(from), .buffer(to), .uint(pixels), .uint(perItem), .uint(stage.inputShape.channels),
        .uint(multiplier),
      ])
  }
}
