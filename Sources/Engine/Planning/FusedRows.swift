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
  /// So many pixels' time passes until a panel of weights has come.
  private static let panelPixels = 8
  /// Blocks of output channels: two panels.
  private static let fewestBlocks = 6

  /// Floats from pixel to pixel of the middle.
  var row: Int { OwnRows.row(ofBlocks: middle.blocks) }

  func floats(ofRows rows: Int) -> Int { rows * middle.width * row }

  /// Whether one row of the image stays in a cache.
  var fits: Bool { 4 * floats(ofRows: 1) <= OwnRows.bytes }

  /// The share with which the compute units are done first.
  ///
  /// - Precondition: A row fits.
  func share(images: Int, _ info: DeviceInfo) -> Share {
    let rows = images * middle.height
    let room = OwnRows.bytes / (4 * floats(ofRows: 1))
    let most = max(1, min(rows, room, FusedRows.mostPixels / middle.width))
    var best: (share: Share, cost: Int)?
    for blocksPerTask in panels(atLeast: FusedRows.fewestBlocks) {
      for rowsPerTask in (1...most).reversed() {
        let share = Share(rows: rows, rowsPerTask, outBlocks: outBlocks, blocksPerTask)
        let cost = cost(of: share, rows: rows, info)
        if best.map({ cost < $0.cost }) ?? true { best = (share, cost) }
      }
    }
    return best?.share ?? Share(rows: rows, 1, outBlocks: outBlocks, outBlocks)
  }

  /// All blocks of output channels, and fewer of them, as whole panels of three.
  private func panels(atLeast fewest: Int) -> [Int] {
    [outBlocks] + stride(from: fewest, to: outBlocks, by: 3)
  }

  /// Multiply-adds of vectors: a compute unit's part of them all, and what it waits in the end for the last task of another
  /// one. A tap of the depthwise convolution takes about twice as long as one of a tile, which reads less; and the weights of
  /// a panel come as slowly as ``panelPixels`` pixels take.
  private func cost(of share: Share, rows: Int, _ info: DeviceInfo) -> Int {
    let units = min(info.computeUnits, share.tasks)
    let rowParts = (rows + share.rowsPerTask - 1) / share.rowsPerTask
    let blockParts = (outBlocks + share.blocksPerTask - 1) / share.blocksPerTask
    let (whole, rest) = (share.rowsPerTask * middle.width, rows % share.rowsPerTask * middle.width)
    let inTiles = (rows / share.rowsPerTask) * pixelsInTiles(whole) + (rest == 0 ? 0 : pixelsInTiles(rest))
    let products = (inTiles + rowParts * FusedRows.panelPixels) * ActivationShape.block * outBlocks
    // Who claims tasks of the same rows computes them once.
    let depthwise = rows * middle.width * 2 * 9 * min(blockParts, units)
    return (products + depthwise + (units - 1) * products / share.tasks) / units
  }

  /// Pixels that the tiles over so many compute: some are a pixel shorter where that makes them whole.
  private func pixelsInTiles(_ pixels: Int) -> Int {
    max(pixels, (pixels + tile - 1) / tile * max(tile - 1, 1))
  }
}

extension FusedRows.Share {
  fileprivate init(rows: Int, _ rowsPerTask: Int, outBlocks: Int, _ blocksPerTask: Int) {
    self.init(
      rowsPerTask: rowsPerTask, blocksPerTask: blocksPerTask,
      tasks: (rows + rowsPerTask - 1) / rowsPerTask * ((outBlocks + blocksPerTask - 1) / blocksPerTask))
  }
}
