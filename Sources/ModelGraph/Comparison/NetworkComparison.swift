/// Two networks, tensor by tensor: A and B, in this order.
public struct NetworkComparison: Sendable {
  /// A layer that has another name in B, and was found by its place.
  public struct RenamedLayer: Sendable, Hashable {
    public let inA: String
    public let inB: String

    public init(inA: String, inB: String) {
      self.inA = inA
      self.inB = inB
    }
  }

  /// Tensors that both networks have, in the order of A.
  public let tensors: [TensorComparison]
  /// Tensors that only one network has, each in its network's order.
  public let onlyInA: [WeightID]
  public let onlyInB: [WeightID]
  /// What else the networks compute differently, as far as both files say it.
  public let structure: [StructuralDifference]
  public let renamed: [RenamedLayer]

  public init(_ a: ComparedNetwork, _ b: ComparedNetwork) {
    let matching = LayerMatching(a.model.graph, b.model.graph)
    let comparer = TensorComparer(a, b)
    var entries: [(position: Int, tensors: [TensorComparison])] = []
    entries += matching.pairs.map { ($0.a, comparer.compare($0)) }
    entries += matching.folded.map { ($0.convolution.a, comparer.compare($0)) }
    tensors = entries.sorted { $0.position < $1.position }.flatMap(\.tensors)
    let covered = NetworkComparison.foldedAway(matching, a.model.graph, b.model.graph)
    let inA = Set(tensors.map(\.id)).union(covered.a)
    let inB = Set(tensors.map(\.idInB)).union(covered.b)
    onlyInA = a.model.graph.weightIDs.filter { !inA.contains($0) }
    onlyInB = b.model.graph.weightIDs.filter { !inB.contains($0) }
    structure =
      StructureComparison(a, b, matching, isWhole: onlyInA.isEmpty && onlyInB.isEmpty).differences
    renamed = NetworkComparison.renamed(matching, a.model.graph, b.model.graph)
  }

  /// Whether the networks have the same tensors to the last bit, and compute the same with them.
  public var isIdentical: Bool { hasSameParts && tensors.allSatisfy { $0.status == .identical } }

  /// Whether they are the same network: identical, or different only as a precision explains it.
  public var isEqual: Bool { hasSameParts && tensors.allSatisfy(\.status.isSame) }

  /// Tensors that changed though they were frozen.
  public var changedThoughFrozen: [TensorComparison] { tensors.filter { $0.status == .changed } }

  private var hasSameParts: Bool { onlyInA.isEmpty && onlyInB.isEmpty && structure.isEmpty }

  /// The weights of batch-norms that were folded for the comparison.
  private static func foldedAway(
    _ matching: LayerMatching, _ a: Graph, _ b: Graph
  ) -> (a: [WeightID], b: [WeightID]) {
    let inA = matching.folded.filter { !$0.isFoldedInA }.flatMap { a.weightIDs(at: $0.normalization) }
    let inB = matching.folded.filter(\.isFoldedInA).flatMap { b.weightIDs(at: $0.normalization) }
    return (inA, inB)
  }

  private static func renamed(_ matching: LayerMatching, _ a: Graph, _ b: Graph) -> [RenamedLayer] {
    (matching.pairs + matching.folded.map(\.convolution)).sorted { $0.a < $1.a }
      .map { RenamedLayer(inA: a.layers[$0.a].name, inB: b.layers[$0.b].name) }
      .filter { $0.inA != $0.inB }
  }
}

extension TensorComparison.Status {
  /// Whether the tensors are the same, as far as their precisions go.
  public var isSame: Bool {
    switch self {
    case .identical, .explained: true
    case .trained, .changed, .differs, .shape: false
    }
  }
}

extension Graph {
  /// The weights of the layer at `position`, in Keras's order.
  func weightIDs(at position: Int) -> [WeightID] {
    weightSpecs[position].map { WeightID(layer: layers[position].name, name: $0.name) }
  }
}
