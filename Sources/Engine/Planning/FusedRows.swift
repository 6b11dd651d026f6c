import OpenCL

/// How rows of images are shared out among the work-items of Kernels/depthwise_pointwise_conv2d.cl.
struct FusedRows {
  /// Height, width and channels of the depthwise convolution's output.
  let middle: ActivationShape
  /// Blocks of the pointwise convolution's output channels.
  let outBlocks: Int
  /// Pixels in a register tile.
  let tile: Int

  /// What the work-items of one launch do.
  struct Share {
    let rowsPerItem: Int
    let rowItems: Int
    let blocksPerItem: Int
    let blockItems: Int
  }

  /// Bytes of the middle that stay in a compute unit's second cache beside the weights that stream through it.
  private static let scratch = 216 << 10
  /// More pixels than these read a panel of weights no less often.
  private static let mostPixels = 340

  /// Floats from pixel to pixel of the middle. From 256 channels on, pixels at a power of two would share sets of
  /// the first cache.
  var pixelStride: Int {
    let channels = middle.blocks * ActivationShape.block
    return channels >= 256 ? channels + ActivationShape.block : channels
  }

  func bytes(ofRows rows: Int) -> Int { rows * middle.width * pixelStride * 4 }

  /// Whether a row fits into the device's local memory.
  func fits(_ info: DeviceInfo) -> Bool { bytes(ofRows: 1) <= min(info.localMemory, FusedRows.scratch) }

  /// The share with which the last compute unit is done first.
  ///
  /// - Precondition: A row fits.
  func share(images: Int, _ info: DeviceInfo) -> Share {
    let rows = images * middle.height
    let room = min(info.localMemory, FusedRows.scratch) / bytes(ofRows: 1)
    let most = max(1, min(rows, room, FusedRows.mostPixels / middle.width))
    var best: (share: Share, cost: Int)?
    for parts in 1...max(1, min(outBlocks, info.computeUnits)) {
      let blocksPerItem = (outBlocks + parts - 1) / parts
      let blockItems = (outBlocks + blocksPerItem - 1) / blocksPerItem
      for rowsPerItem in (1...most).reversed() {
        let share = Share(
          rowsPerItem: rowsPerItem, rowItems: (rows + rowsPerItem - 1) / rowsPerItem,
          blocksPerItem: blocksPerItem, blockItems: blockItems)
        let cost = cost(of: share, info)
        if best.map({ cost < $0.cost }) ?? true { best = (share, cost) }
      }
    }
    return best?.share ?? Share(rowsPerItem: 1, rowItems: rows, blocksPerItem: outBlocks, blockItems: 1)
  }

  /// Multiply-adds of vectors, of the compute unit that has most to do. A tap of the depthwise convolution takes about
  /// twice as long as one of a tile, which reads less.
  private func cost(of share: Share, _ info: DeviceInfo) -> Int {
    let pixels = share.rowsPerItem * middle.width
    let inTiles = (pixels + tile - 1) / tile * tile
    let item = inTiles * ActivationShape.block * share.blocksPerItem + pixels * 2 * 9
    let items = share.rowItems * share.blockItems
    return (items + info.computeUnits - 1) / info.computeUnits * item
  }
}
