import ModelGraph

extension Stage {
  /// Whether a kernel for processors computes a depthwise convolution and the pointwise one that follows as one: a row of what
  /// is between them stays in a cache.
  func isPair(with next: Stage) -> Bool {
    guard case .pointwise = next.kind, case .depthwiseConv2D(let geometry) = kind else { return false }
    let window = geometry.window
    return window.size == Size2D(square: 3) && window.strides.height == window.strides.width
      && FusedRows(middle: geometry.output, outBlocks: next.outputShape.blocks, tile: 1).fits
  }
}

extension Plan {
  /// Floats of an image between two pairs, and of a chain's weights, that are more than any cache holds. Kernels count them in 32
  /// bits, of three places and some images.
  private static let mostFloatsOfChain = 1 << 26

  /// Frozen stages, each of which reads the one before it, in groups of which one operation computes each: a stage, or pairs
  /// one after another, see ``Stage/isPair(with:)``.
  ///
  /// - Parameter chains: Whether a group may have several pairs.
  static func groups(of stages: ArraySlice<Stage>, _ family: KernelFamily, chains: Bool) -> [[Stage]] {
    var groups: [[Stage]] = []
    var isAfterPair = false
    var weights = 0
    var rest = stages
    while let stage = rest.popFirst() {
      guard family == .cpu, let next = rest.first, stage.isPair(with: next) else {
        groups.append([stage])
        isAfterPair = false
        continue
      }
      rest.removeFirst()
      let own = next.inputShape.channels * next.outputShape.channels
      if chains, isAfterPair, max(stage.inputShape.floatsPerImage, weights + own) <= mostFloatsOfChain {
        groups[groups.count - 1] += [stage, next]
        weights += own
      } else {
        groups.append([stage, next])
        weights = own
      }
      isAfterPair = true
    }
    return groups
  }
}

/// Floats of an image that groups of frozen stages take while they are computed.
struct FrozenFloats {
  /// The two places in which the groups' outputs take turns.
  let turns: [Int]
  /// What the pairs of each group hand on.
  let between: [Int]

  init(_ groups: [[Stage]]) {
    turns = (0...1).map { turn in
      stride(from: turn, to: groups.count, by: 2)
        .map { groups[$0][groups[$0].count - 1].outputShape.floatsPerImage }.max() ?? 1
    }
    between = groups.map { ChainPlaces(chain: $0).floatsPerImage }
  }
}
