/// The memory of its own into which a work-item of the family for processors brings the pixels that a product reads again
/// and again: [pixel, row], see Kernels/cpu/common.cl.
enum OwnRows {
  /// Bytes that stay in a compute unit's second cache beside the weights that stream through it.
  static let bytes = 216 << 10

  /// Floats from pixel to pixel. From 256 channels on, pixels at a power of two would share sets of the first cache.
  static func row(ofBlocks blocks: Int) -> Int {
    let channels = blocks * ActivationShape.block
    return channels >= 256 ? channels + ActivationShape.block : channels
  }
}
