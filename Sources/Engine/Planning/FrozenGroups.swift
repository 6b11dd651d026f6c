import ModelGraph
import OpenCL

/// Frozen stages that one operation computes: a stage, or pairs one after another, see ``Stage/isPair(with:)``.
struct FrozenGroup {
  var stages: [Stage]
  /// As what it reads and writes activations.
  var types = OperandTypes()

  var outputShape: ActivationShape { stages[stages.count - 1].outputShape }
  /// Of input and output together.
  var bytesPerImage: Int {
    stages[0].inputShape.floatsPerImage * types.input.byteCount
      + outputShape.floatsPerImage * types.output.byteCount
  }
}

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

  /// Frozen stages, each of which reads the one before it, in groups of which one operation computes each.
  ///
  /// - Parameters:
  ///   - activations: As what the kernels for GPUs keep what goes from a convolution to the next.
  ///   - chains: Whether a group may have several pairs.
  static func groups(
    of stages: ArraySlice<Stage>, _ family: KernelFamily, _ activations: Element, chains: Bool
  ) -> [FrozenGroup] {
    var groups = groups(of: stages, family, chains: chains)
    guard family == .gpu, activations == .half else { return groups }
    for (group, next) in zip(groups.indices, groups.indices.dropFirst())
    where groups[group].stages[0].givesHalf && groups[next].stages[0].takesHalf {
      groups[group].types.output = .half
      groups[next].types.input = .half
    }
    return groups
  }

  private static func groups(
    of stages: ArraySlice<Stage>, _ family: KernelFamily, chains: Bool
  ) -> [FrozenGroup] {
    var groups: [FrozenGroup] = []
    var isAfterPair = false
    var weights = 0
    var rest = stages
    while let stage = rest.popFirst() {
      guard family == .cpu, let next = rest.first, stage.isPair(with: next) else {
        groups.append(FrozenGroup(stages: [stage]))
        isAfterPair = false
        continue
      }
      rest.removeFirst()
      let own = next.inputShape.channels * next.outputShape.channels
      if chains, isAfterPair, max(stage.inputShape.floatsPerImage, weights + own) <= mostFloatsOfChain {
        groups[groups.count - 1].stages += [stage, next]
        weights += own
      } else {
        groups.append(FrozenGroup(stages: [stage, next]))
        weights = own
      }
      isAfterPair = true
    }
    return groups
  }
}

/// What groups of frozen stages take of an image while they are computed, in pieces of 32 bits.
struct FrozenFloats {
  /// The two places in which the groups' outputs take turns.
  let turns: [Int]
  /// What the pairs of each group hand on.
  let between: [Int]

  init(_ groups: [FrozenGroup]) {
    turns = (0...1).map { turn in
      stride(from: turn, to: groups.count, by: 2)
        .map { groups[$0].outputShape.floatsPerImage * groups[$0].types.output.byteCount / 4 }.max() ?? 1
    }
    between = groups.map { ChainPlaces(chain: $0.stages).floatsPerImage }
  }
}
