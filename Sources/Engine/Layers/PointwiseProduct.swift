import OpenCL

/// The product of a 1×1 convolution, or of its gradient: pointwise_conv2d.cl in Kernels/cpu and Kernels/gpu.
struct PointwiseProduct {
  let inBlocks: Int
  let outBlocks: Int
  let kernels: KernelCatalogue

  /// What follows the sum: y = clamp(scale · z + shift, low, high) a channel.
  struct Ending {
    let scale: Buffer
    let shift: Buffer
    var low = -Float.infinity
    var high = Float.infinity
  }

  /// Queues a kernel of the file.
  ///
  /// - Parameters:
  ///   - name: `pointwise_conv2d_forward`, or one for processors that does more.
  ///   - operands: What stands before the weights among its parameters.
  ///   - w: [O/16, K, 16]; floats, or for GPUs halves.
  ///   - y: [O/16, P, 16], P `pixels`.
  ///   - types: As what those for GPUs find the input and leave the output.
  func enqueue(
    _ name: String, _ operands: [KernelArgument], _ w: Buffer, _ ending: Ending, to y: Buffer, pixels: Int,
    _ types: OperandTypes = OperandTypes()
  ) throws(OpenCLError) {
    var types = types
    types.kernel = w.element
    types.kernelIsImage = readsAsImage(w)
    let operands =
      operands + [
        types.kernelIsImage ? .image(w) : .buffer(w), .buffer(ending.scale), .buffer(ending.shift),
      ]
    let extents: [KernelArgument] = [.uint(pixels), .uint(inBlocks), .uint(outBlocks)]
    let bounds: [KernelArgument] = [.float(ending.low), .float(ending.high)]
    switch kernels.family {
    case .cpu:
      let pixelsPerTask = pixelsPerTask(pixels)
      let parts = parts(of: pixels)
      let blockParts = min(outBlocks, max(1, 4 * kernels.device.info.computeUnits / parts))
      let blocksPerTask = (outBlocks + blockParts - 1) / blockParts
      try kernels.enqueue(
        name, tasks: parts * ((outBlocks + blocksPerTask - 1) / blocksPerTask),
        operands + [.buffer(try kernels.ownRows(pixelsPerTask * row)), .buffer(y), .uint(row)] + extents
          + [.uint(pixelsPerTask), .uint(blocksPerTask)] + bounds)
    case .gpu:
      let tile = kernels.tiling.product
      let tileBlocks = tile.channels / ActivationShape.block
      try kernels.enqueue(
        name, types,
        groups: [(pixels + tile.pixels - 1) / tile.pixels, (outBlocks + tileBlocks - 1) / tileBlocks],
        of: tile.items, operands + [.buffer(y)] + extents + bounds)
    }
  }

  /// Whether weights are read as an image: where the tiling says so, and the device has images as large.
  private func readsAsImage(_ w: Buffer) -> Bool {
    kernels.family == .gpu && kernels.tiling.product.readsImage
      && w.pixelsOfImage <= kernels.device.info.largestImage
  }

  /// Parts of the pixels that are tasks of their own, in the family for processors.
  func parts(of pixels: Int) -> Int {
    let pixelsPerTask = pixelsPerTask(pixels)
    return (pixels + pixelsPerTask - 1) / pixelsPerTask
  }

  private var row: Int { OwnRows.row(ofBlocks: inBlocks) }

  /// Pixels of a task there: whole tiles, so many that a panel of weights is used often and the rows stay in a cache, and so few that every
  /// compute unit has something to do.
  func pixelsPerTask(_ pixels: Int) -> Int {
    let share = pixels / (2 * kernels.device.info.computeUnits)
    let most = min(112, OwnRows.bytes / (4 * row), share)
    return max(most / kernels.productTile, 1) * kernels.productTile
  }
}
