public import OpenCL

/// How the kernels' work is cut: the numbers with which they are built.
///
/// What the frozen layers give does not depend on them: each of its sums has one order, whatever the tiles are.
public struct Tiling: Sendable, Hashable {
  /// Pixels in a register tile of the family ``KernelFamily/cpu``; see Kernels/common.cl.
  public var tile: Int
  /// Work-items of a group in the family ``KernelFamily/gpu``, but for products; see Kernels/common.cl.
  public var group: Int
  public var product: Product
  public var filter: Filter

  /// Tiles of a pointwise convolution; see Kernels/gpu/pointwise_conv2d.cl.
  public struct Product: Sendable, Hashable {
    /// Outputs of a work-group.
    public let pixels, channels: Int
    /// Outputs of a work-item: pixels, and quads of channels.
    public let itemPixels, itemQuads: Int
    /// Blocks of input channels in local memory at a time.
    public let blocks: Int
    /// Whether the weights are read as an image.
    public let readsImage: Bool

    /// Work-items of a group.
    package var items: Int { pixels / itemPixels * (channels / 4 / itemQuads) }
    package var localBytes: Int { 4 * ActivationShape.block * blocks * (pixels + channels) }
  }

  /// Tiles of the gradient of its kernel; see Kernels/gpu/pointwise_conv2d_backward_filter.cl.
  public struct Filter: Sendable, Hashable {
    /// Input and output channels of a work-group.
    public let rows, channels: Int
    /// Quads of either of a work-item.
    public let itemRows, itemChannels: Int
    /// Pixels in local memory at a time.
    public let pixels: Int

    /// Work-items of a group.
    package var items: Int { rows / 4 / itemRows * (channels / 4 / itemChannels) }
    package var localBytes: Int { 4 * pixels * (rows + channels) }
  }
}

extension Tiling.Product {
  /// In the order of the properties.
  init(
    _ pixels: Int, _ channels: Int, _ itemPixels: Int, _ itemQuads: Int, _ blocks: Int,
    readsImage: Bool = false
  ) {
    self.init(
      pixels: pixels, channels: channels, itemPixels: itemPixels, itemQuads: itemQuads, blocks: blocks,
      readsImage: readsImage)
  }
}

extension Tiling.Filter {
  /// In the order of the properties.
  init(_ rows: Int, _ channels: Int, _ itemRows: Int, _ itemChannels: Int, _ pixels: Int) {
    self.init(
      rows: rows, channels: channels, itemRows: itemRows, itemChannels: itemChannels, pixels: pixels)
  }
}

extension Tiling {
  /// Runs wherever a work-group may have 16 work-items.
  public static let general = Tiling(
    tile: 6, group: 16, product: Product(16, 16, 4, 1, 1), filter: Filter(16, 16, 1, 1, 16))

  private static let large = Tiling(
    tile: 6, group: 64, product: Product(64, 64, 4, 2, 1), filter: Filter(64, 64, 2, 1, 16))

  /// As the kernels are shipped, by kind of device. A register tile for processors goes by their vectors besides.
  public static let defaults: [DeviceInfo.Kind: Tiling] = [
    .gpu: large, .accelerator: large, .cpu: general, .other: general,
  ]

  /// What is shipped for a device and runs there.
  static func `default`(on info: DeviceInfo) -> Tiling {
    var tiling = defaults[info.kind] ?? general
    if !tiling.runs(.gpu, on: info) { tiling = general }
    // 14 accumulators of 16 floats fill a processor's 32 registers of that size, 6 its 16 registers of 8.
    tiling.tile = info.vectorWidth >= 16 ? 14 : 6
    return tiling
  }

  /// Whether the device has room for a family's work-groups, and what their products read.
  public func runs(_ family: KernelFamily, on info: DeviceInfo) -> Bool {
    if family == .cpu { return true }
    guard !product.readsImage || info.largestImage > 0 else { return false }
    return max(group, product.items, filter.items) <= info.largestWorkGroup
      && max(16 * group, product.localBytes, filter.localBytes) <= info.localMemory
  }

  /// For the compiler of one program: a file is built again only where a number changes that it takes.
  func buildOptions(_ family: KernelFamily, for sources: [(name: String, text: String)]) -> [String] {
    var numbers = [("TILE", tile)]
    switch family {
    case .cpu: numbers += [("GROUP", 1), ("WIDTH", ActivationShape.block)]
    case .gpu:
      numbers += [
        ("GROUP", group), ("WIDTH", 4), ("PRODUCT_PIXELS", product.pixels),
        ("PRODUCT_CHANNELS", product.channels),
        ("PRODUCT_ITEM_PIXELS", product.itemPixels), ("PRODUCT_ITEM_QUADS", product.itemQuads),
        ("PRODUCT_BLOCKS", product.blocks), ("FILTER_ROWS", filter.rows),
        ("FILTER_CHANNELS", filter.channels), ("FILTER_ITEM_ROWS", filter.itemRows),
        ("FILTER_ITEM_CHANNELS", filter.itemChannels), ("FILTER_PIXELS", filter.pixels),
      ]
    }
    numbers.removeAll { number in !sources.contains { $0.text.contains(number.0) } }
    return numbers.map { "-D \($0)=\($1)" }
  }
}
