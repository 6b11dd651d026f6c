import OpenCL

/// The gradient of a 1×1 convolution's kernel: pointwise_conv2d_backward_filter.cl in Kernels/cpu and Kernels/gpu.
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

  /// The same where `x` is the input of a batch-norm in training mode, whose output is the convolution's input.
  ///
  /// - Parameter normalization: mean, scale, beta, low, high.
  func enqueue(
    _ x: Buffer, normalized normalization: [KernelArgument], _ dz: Buffer, _ pass: BackwardPass, pixels: Int
  ) throws(OpenCLError) {
    guard let training = kernel.training else { return }
    let inBlocks = cut(pixels, outBlocks: training.blockCount).inBlocks
    let rows = try kernels.ownRows(inBlocks * PointwiseFilterGradient.span * ActivationShape.block)
    try enqueue(
      "normalized_pointwise_conv2d_backward_filter",
      [.buffer(x)] + normalization + [.buffer(rows), .buffer(dz)], pass, pixels: pixels)
  }

  /// `SPAN` of Kernels/cpu/pointwise_conv2d_backward_filter.cl.
  private static let span = 128

  /// Queues the kernel `name` of the file for processors, where the convolution's kernel is trained.
  ///
  /// - Parameter operands: What stands before the gradient among the kernel's parameters.
  private func enqueue(
    _ name: String, _ operands: [KernelArgument], _ pass: BackwardPass, pixels: Int
  ) throws(OpenCLError) {
    guard let training = kernel.training else { return }
    let cut = cut(pixels, outBlocks: training.blockCount)
    let outBlocks = kernel.matrix.blocks
    let partial = cut.parts > 1 ? try kernels.scratch(cut.parts * kernel.matrix.count) : training.gradient
    try kernels.enqueue(
      name, tasks: cut.tasks,
      operands + [
        .buffer(partial), .buffer(training.blocks), .uint(pixels), .uint(inBlocks), .uint(outBlocks),
        .uint(training.blockCount), .uint(cut.inBlocks), .uint(cut.outBlocks), .uint(cut.pixels),
        cut.parts > 1 ? .uint(0) : pass.accumulates,
      ])
    guard cut.parts > 1 else { return }
    try kernels.enqueue(
      "pointwise_conv2d_filter_totals", groups: [training.blockCount, inBlocks],
      [
        .buffer(partial), .buffer(training.gradient), .buffer(training.blocks), .uint(inBlocks),
        .uint(outBlocks), .uint(cut.parts), pass.accumulates,
      ])
  }

  /// Tasks of the family for processors.
  private struct Cut {
    /// Blocks of input and of output channels, and pixels, of a task.
    var inBlocks = 8
    var outBlocks = 16
    var pixels = 0
    /// Parts of the pixels, and all tasks.
    var parts = 1
    var tasks = 0
  }

  /// As many blocks as the second cache holds, so that few tasks read the same pixels; and so many parts of the pixels that
  /// every compute unit is busy to the end, as long as a part is worth a sum of its own and all sums are small beside
  /// the batch. Where that does not suffice, fewer blocks.
  private func cut(_ pixels: Int, outBlocks: Int) -> Cut {
    func tiles(_ cut: Cut) -> Int {
      (inBlocks + cut.inBlocks - 1) / cut.inBlocks * ((outBlocks + cut.outBlocks - 1) / cut.outBlocks)
    }
    let units = kernels.device.info.computeUnits
    var cut = Cut()
    let most = max(1, min(pixels / 128, (1 << 20) / (4 * kernel.matrix.count)))
    cut.pixels = (pixels + most - 1) / most
    cut.pixels = max(cut.pixels, (pixels * tiles(cut) + 8 * units - 1) / (8 * units))
    cut.pixels = min(cut.pixels, pixels)
    cut.parts = (pixels + cut.pixels - 1) / cut.pixels
    while cut.outBlocks > 1, tiles(cut) * cut.parts < 4 * units {
      (cut.inBlocks, cut.outBlocks) = (cut.outBlocks / 2, cut.inBlocks)
    }
    cut.tasks = tiles(cut) * cut.parts
    return cut
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
