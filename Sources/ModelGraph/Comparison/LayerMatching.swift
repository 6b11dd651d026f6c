/// Which layer of one network is which of another.
///
/// Layers with weights are matched, by name where the networks have the same names, else by their place: the
/// names do not matter where both networks have the same sequence of layers with weights, batch-norms aside, in
/// kinds and shapes. Where they have not, those of one name belong together, and of the rest, in order, those up
/// to the first of another kind or shape. A batch-norm belongs to the convolution that it follows.
struct LayerMatching {
  /// Positions of a layer in network A and in network B.
  struct Pair: Hashable {
    let a: Int
    let b: Int
  }

  /// A convolution that a batch-norm follows in one network, and that has a bias instead in the other.
  struct FoldedPair: Hashable {
    let convolution: Pair
    /// Position in the network that has it.
    let normalization: Int
    let isFoldedInA: Bool
  }

  /// In the order of network A; the convolutions of `folded` are not among them.
  private(set) var pairs: [Pair] = []
  private(set) var folded: [FoldedPair] = []

  init(_ a: Graph, _ b: Graph) {
    var free = (a: Set(a.normalizations), b: Set(b.normalizations))
    for pair in LayerMatching.pairKernels(a, b) {
      let normalization = (a: a.normalization(after: pair.a), b: b.normalization(after: pair.b))
      switch normalization {
      case (let inA?, let inB?):
        pairs += [pair, Pair(a: inA, b: inB)]
      case (let inA?, nil) where b.hasBias(at: pair.b):
        folded.append(FoldedPair(convolution: pair, normalization: inA, isFoldedInA: false))
      case (nil, let inB?) where a.hasBias(at: pair.a):
        folded.append(FoldedPair(convolution: pair, normalization: inB, isFoldedInA: true))
      default:
        pairs.append(pair)
        continue
      }
      if let inA = normalization.a { free.a.remove(inA) }
      if let inB = normalization.b { free.b.remove(inB) }
    }
    pairs += LayerMatching.pairByName(a, free.a.sorted(), b, free.b.sorted())
    pairs.sort { $0.a < $1.a }
  }

  private static func pairKernels(_ a: Graph, _ b: Graph) -> [Pair] {
    let (inA, inB) = (a.kernelLayers, b.kernelLayers)
    let haveSameNames = Set(inA.map { a.layers[$0].name }) == Set(inB.map { b.layers[$0].name })
    let haveSameSequence = inA.map(a.role) == inB.map(b.role)
    return haveSameSequence && !haveSameNames
      ? zip(inA, inB).map(Pair.init)
      : pairByName(a, inA, b, inB)
  }

  /// Pairs layers of one name, and of those left over, in order, as many as have one role.
  private static func pairByName(_ a: Graph, _ inA: [Int], _ b: Graph, _ inB: [Int]) -> [Pair] {
    let candidates = Set(inB)
    let named = inA.compactMap { position in
      b.position(of: a.layers[position].name)
        .flatMap { candidates.contains($0) ? Pair(a: position, b: $0) : nil }
    }
    let (takenA, takenB) = (Set(named.map(\.a)), Set(named.map(\.b)))
    let rest = zip(inA.filter { !takenA.contains($0) }, inB.filter { !takenB.contains($0) })
    return (named + rest.prefix { a.role($0) == b.role($1) }.map(Pair.init)).sorted { $0.a < $1.a }
  }
}

/// What a layer with weights is, whatever its name.
private struct Role: Hashable {
  let className: String
  /// Of its first weight: a kernel, or a vector of a batch-norm.
  let shape: Shape
}

extension Graph {
  fileprivate var normalizations: [Int] {
    layers.indices.filter { if case .batchNormalization = layers[$0].operation { true } else { false } }
  }

  /// Positions of the layers with weights that are no batch-norms.
  fileprivate var kernelLayers: [Int] {
    let normalizations = Set(normalizations)
    return layers.indices.filter { !weightSpecs[$0].isEmpty && !normalizations.contains($0) }
  }

  fileprivate func role(_ position: Int) -> Role {
    Role(className: layers[position].operation.className, shape: weightSpecs[position].first?.shape ?? [])
  }

  fileprivate func hasBias(at position: Int) -> Bool { weightSpecs[position].contains { $0.name == .bias } }
}
