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

  /// Queues the kernels of the file, where the convolution's kernel is trained.
  ///
  /// - Parameters:
  ///   - x: The convolution's input.
  ///   - dz: The gradient of its product.
  func enqueue(_ x: Buffer, _ dz: Buffer, _ pass: BackwardPass, pixels: Int) throws(OpenCLError) {
    switch kernels.family {
    case .cpu:
      try enqueue("pointwise_conv2d_backward_filter", [.buffer(x), .buffer(dz)], pass, pixels: pixels)
    case .gpu: try enqueueInParts(x, dz, pass, pixels: pixels)
    }
  }

  /// Queues the kernel `name` of the file for processors, where the convolution's kernel is trained.
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

  /// Sums over parts of the pixels, and their sum.
  private func enqueueInParts(
    _ x: Buffer, _ dz: Buffer, _ pass: BackwardPass, pixels: Int
  ) throws(OpenCLError) {
    guard let training = kernel.training else { return }
    let tile = kernels.tiling.filter
    let outBlocks = training.blockCount
    let (tileRows, tileColumns) = (tile.rows / ActivationShape.block, tile.channels / ActivationShape.block)
    let groups = [(inBlocks + tileRows - 1) / tileRows, (outBlocks + tileColumns - 1) / tileColumns]
    let pixelsPerPart = pixelsPerPart(pixels, tiles: groups[0] * groups[1])
    let parts = (pixels + pixelsPerPart - 1) / pixelsPerPart
    let rows = inBlocks * ActivationShape.block
    let partials = try kernels.scratch(parts * outBlocks * rows * ActivationShape.block)
    try kernels.enqueue(
      "pointwise_conv2d_backward_filter", groups: groups + [parts], of: tile.items,
      [
        .buffer(x), .buffer(dz), .buffer(partials), .buffer(training.blocks), .uint(pixels), .uint(inBlocks),
        .uint(outBlocks), .uint(pixelsPerPart),
      ])
    let rowsPerGroup = 64
    try kernels.enqueue(
      "pointwise_conv2d_filter_totals", groups: [(rows + rowsPerGroup - 1) / rowsPerGroup, outBlocks],
      [
        .buffer(partials), .buffer(training.gradient), .buffer(training.blocks), .uint(rows),
        .uint(rowsPerGroup), .uint(parts), pass.accumulates,
      ])
  }

  /// So many that every compute unit has several work-groups, but no fewer than are worth a sum of their own, and no
  /// more than one accumulator should add up: rounding grows with the terms of one sum.
  private func pixelsPerPart(_ pixels: Int, tiles: Int) -> Int {
    let wanted = (4 * kernels.device.info.computeUnits + tiles - 1) / tiles
    return min(max((pixels + wanted - 1) / wanted, 256), 4096)
  }
}
