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
    let side = blocksPerSide(training.blockCount)
    try kernels.device.enqueue(
      kernels.kernel(name), global: [(inBlocks + side - 1) / side, (training.blockCount + side - 1) / side],
      operands + [
        .buffer(training.gradient), .buffer(training.blocks), .uint(pixels), .uint(inBlocks),
        .uint(training.blockCount), .uint(side), .uint(side), pass.accumulates,
      ])
  }

  /// Blocks of input and of output channels whose tiles of the gradient one work-item computes: as many as the
  /// cache holds, but no fewer items than keep every compute unit busy.
  private func blocksPerSide(_ outBlocks: Int) -> Int {
    let wanted = 4 * kernels.device.info.computeUnits
    var side = 16
    while side > 1, (inBlocks + side - 1) / side * ((outBlocks + side - 1) / side) < wanted { side /= 2 }
    return side
  }
}
