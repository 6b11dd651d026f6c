import OpenCL

/// The gradient of a 1×1 convolution's kernel: Kernels/pointwise_conv2d_backward_filter.cl.
struct PointwiseFilterGradient {
  private let kernel: Parameter
  private let inBlocks: Int
  private let kernels: KernelCatalogue

  init(_ kernel: Parameter, inBlocks: Int, _ kernels: KernelCatalogue) {
    self.kernel = kernel
    self.inBlocks = inBlocks
    self.kernels = kernels
  }

  /// Queues the kernel `name` of the file, where the convolution's kernel is trained.
  ///
  /// - Parameter operands: What stands before the gradient among the kernel's parameters.
  func enqueue(
    _ name: String, _ operands: [KernelArgument], _ pass: BackwardPass, pixels: Int
  ) throws(OpenCLError) {
    guard let training = kernel.training else { return }
    let outBlocks = training.blockCount
    let (inPart, outPart) = blocksPerTask(outBlocks)
    try kernels.enqueue(
      name, tasks: (inBlocks + inPart - 1) / inPart * ((outBlocks + outPart - 1) / outPart),
      operands + [
        .buffer(training.gradient), .buffer(training.blocks), .uint(pixels), .uint(inBlocks),
        .uint(outBlocks), .uint(inPart), .uint(outPart), pass.accumulates,
      ])
  }

  /// Blocks of input and of output channels whose tiles of the gradient are one task: as many as the second cache
  /// holds, but no fewer tasks than keep every compute unit busy to the end.
  private func blocksPerTask(_ outBlocks: Int) -> (inBlocks: Int, outBlocks: Int) {
    let wanted = 8 * kernels.device.info.computeUnits
    var (inPart, outPart) = (8, 16)
    while outPart > 1, (inBlocks + inPart - 1) / inPart * ((outBlocks + outPart - 1) / outPart) < wanted {
      (inPart, outPart) = (outPart / 2, inPart)
    }
    return (inPart, outPart)
  }
}
