public import OpenCL

/// A part of a tiling that a tuner chooses by itself: no other part changes which choice is best.
public enum TilingPart: String, Sendable, Hashable, CaseIterable {
  case tile, product, filter, group

  /// Those that a family's kernels are built with.
  public static func of(_ family: KernelFamily) -> [TilingPart] {
    switch family {
    case .cpu: [.tile]
    case .gpu: [.product, .filter, .group]
    }
  }
}

extension Tiling {
  // Every shipped value is among them, and no number that is not among them is ever built with.
  package static let tiles = [6, 8, 10, 14]
  package static let groups = [16, 64, 128, 256]
  package static let products: [Product] = [
    Product(16, 16, 4, 1, 1), Product(64, 64, 4, 2, 1), Product(64, 64, 4, 1, 1), Product(64, 64, 8, 2, 1),
    Product(64, 64, 4, 2, 2), Product(32, 64, 4, 1, 2), Product(128, 64, 8, 2, 1),
    Product(128, 128, 8, 2, 1), Product(64, 64, 4, 2, 1, readsImage: true),
    Product(64, 64, 8, 2, 1, readsImage: true), Product(128, 64, 8, 2, 1, readsImage: true),
  ]
  package static let filters: [Filter] = [
    Filter(16, 16, 1, 1, 16), Filter(64, 64, 2, 1, 16), Filter(64, 64, 1, 1, 16), Filter(64, 64, 2, 2, 16),
    Filter(32, 32, 1, 1, 16), Filter(64, 64, 2, 2, 8), Filter(128, 64, 2, 2, 16),
  ]

  /// This tiling with each choice of a part, those for which the device has no room left out.
  public func candidates(for part: TilingPart, on info: DeviceInfo) -> [Tiling] {
    let all =
      switch part {
      case .tile: Tiling.tiles.map { with(\.tile, $0) }
      case .group: Tiling.groups.map { with(\.group, $0) }
      case .product: Tiling.products.map { with(\.product, $0) }
      case .filter: Tiling.filters.map { with(\.filter, $0) }
      }
    return all.filter { $0.runs(part == .tile ? .cpu : .gpu, on: info) }
  }

  private func with<Value>(_ part: WritableKeyPath<Tiling, Value>, _ value: Value) -> Tiling {
    var changed = self
    changed[keyPath: part] = value
    return changed
  }

  /// A part, for people.
  public func description(of part: TilingPart) -> String {
    switch part {
    case .tile: "\(tile) pixels"
    case .group: "\(group) items"
    case .product:
      "\(product.pixels)×\(product.channels), \(product.itemPixels)×\(4 * product.itemQuads) an item, "
        + "\(product.blocks * ActivationShape.block) deep"
        + (product.readsImage ? ", weights as an image" : "")
    case .filter:
      "\(filter.rows)×\(filter.channels), \(4 * filter.itemRows)×\(4 * filter.itemChannels) an item, "
        + "\(filter.pixels) pixels"
    }
  }
}

extension KernelVariant {
  /// What a tuner kept for such kernels on a device; nil where nothing is kept, or not of this device, driver and source, or
  /// not sound.
  package func tunedTiling(on device: Device) -> Tiling? {
    guard let bytes = device.kept(entry, for: source), let tiling = Tiling(kept: bytes),
      tiling.runs(family, on: device.info)
    else { return nil }
    return tiling
  }

  /// Keeps its tiling, for ``chosen(for:)`` to find.
  ///
  /// - Returns: Whether the device has a place where anything is kept.
  /// - Throws: `FileError` where it cannot be written.
  public func keepTiling(on device: Device) throws -> Bool {
    try device.keep(tiling.kept, entry, for: source)
  }

  private var entry: String {
    "tiling 2 of \(family.rawValue)\(noteOfHalf)"
  }

  private var source: String { KernelSources.of(family).map(\.text).joined() }
}

extension Tiling {
  private var numbers: [Int] {
    [
      tile, group, product.pixels, product.channels, product.itemPixels, product.itemQuads, product.blocks,
      product.readsImage ? 1 : 0, filter.rows, filter.channels, filter.itemRows, filter.itemChannels,
      filter.pixels,
    ]
  }

  /// The numbers in decimal, a blank between them.
  package var kept: [UInt8] { Array(numbers.map(String.init).joined(separator: " ").utf8) }

  /// The reverse of ``kept``; nil for anything but a choice among the candidates.
  package init?(kept bytes: [UInt8]) {
    let words = bytes.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    let numbers = words.compactMap { Int(String(decoding: $0, as: UTF8.self)) }
    guard words.count == 13, numbers.count == 13, (0...1).contains(numbers[7]) else { return nil }
    self.init(
      tile: numbers[0], group: numbers[1],
      product: Product(
        numbers[2], numbers[3], numbers[4], numbers[5], numbers[6], readsImage: numbers[7] == 1),
      filter: Filter(numbers[8], numbers[9], numbers[10], numbers[11], numbers[12]))
    guard Tiling.tiles.contains(tile), Tiling.groups.contains(group), Tiling.products.contains(product),
      Tiling.filters.contains(filter)
    else { return nil }
  }
}
