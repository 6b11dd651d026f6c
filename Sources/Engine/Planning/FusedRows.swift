import OpenCL

/// How rows of images are cut into tasks of Kernels/cpu/depthwise_pointwise_conv2d.cl.
struct FusedRows {
  /// Height, width and channels of the depthwise convolution's output.
  let middle: ActivationShape
  /// Blocks of the pointwise convolution's output channels.
  let outBlocks: Int
  /// Pixels in a register tile.
  let tile: Int

  /// What is a task of one launch.
  struct Share {
    let rowsPerTask: Int
    let blocksPerTask: Int
    let tasks: Int
  }

  /// More pixels than these read a panel of weights no less often.
  private static let mostPixels = 340

  /// Floats from pixel to pixel of the middle.
  var row: Int { OwnRows.row(ofBlocks: middle.blocks) }

  func floats(ofRows rows: Int) -> Int { rows * middle.width * row }

  /// Whether one row of the image stays in a cache.
  var fits: Bool { 4 * floats(ofRows: 1) <= OwnRows.bytes }

  /// The share with which the last compute unit is done first.
  ///
  /// - Precondition: A row fits.
  func share(images: Int, _ info: DeviceInfo) -> Share {
    let rows = images * middle.height
    let room = OwnRows.bytes / (4 * floats(ofRows: 1))
    let most = max(1, min(rows, room, FusedRows.mostPixels / middle.width))
    var best: (share: Share, cost: Int)?
    for parts in 1...max(1, min(outBlocks, info.computeUnits)) {
      let blocksPerTask = (outBlocks + parts - 1) / parts
      for rowsPerTask in (1...most).reversed() {
        let share = share(of: rows, rowsPerTask, blocksPerTask)
        let cost = cost(of: share, info)
        if best.map({ cost < $0.cost }) ?? true { best = (share, cost) }
      }
    }
    return best?.share ?? share(of: rows, 1, outBlocks)
  }

  private func share(of rows: Int, _ rowsPerTask: Int, _ blocksPerTask: Int) -> Share {
    Share(
      rowsPerTask: rowsPerTask, blocksPerTask: blocksPerTask,
      tasks: (rows + rowsPerTask - 1) / rowsPerTask * ((outBlocks + blocksPerTask - 1) / blocksPerTask))
  }

  /// Multiply-adds of vectors, of the compute unit that has most to do. A tap of the depthwise convolution takes about
  /// twice as long as one of a tile, which reads less.
  private func cost(of share: Share, _ info: DeviceInfo) -> Int {
    let pixels = share.rowsPerTask * middle.width
    let inTiles = (pixels + tile - 1) / tile * tile
    let task = inTiles * ActivationShape.block * share.blocksPerTask + pixels * 2 * 9
    return (share.tasks + info.computeUnits - 1) / info.computeUnits * task
  }
}
