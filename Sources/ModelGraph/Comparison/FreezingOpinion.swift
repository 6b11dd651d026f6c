/// What the files of two networks say about which weights were to be trained.
///
/// The masks of packs where one takes part, else the `trainable` flags of files with a configuration; flags that
/// freeze nothing say nothing, as Keras makes every model so. What either file trains may differ. Moving
/// statistics follow their layer: where anything of it is trained, they move.
struct FreezingOpinion {
  private let a: Opinion
  private let b: Opinion

  init(_ a: ComparedNetwork, _ b: ComparedNetwork) {
    let hasPack = a.isPack || b.isPack
    self.a = Opinion(a, heedsFlags: !hasPack)
    self.b = Opinion(b, heedsFlags: !hasPack)
  }

  /// Output channels that may differ in a tensor that the weights `inA` and `inB` decide; nil where no file
  /// has an opinion.
  ///
  /// - Precondition: The weights have `count` channels each, one of the tensor's.
  func trainedChannels(_ inA: [WeightID], _ inB: [WeightID], of count: Int) -> ChannelRanges? {
    let masks = inA.compactMap(a.mask) + inB.compactMap(b.mask)
    guard !masks.isEmpty else { return nil }
    var trained = ChannelRanges()
    for range in masks.flatMap({ ChannelRanges($0, of: count).ranges }) { trained.insert(range) }
    return trained
  }
}

private struct Opinion {
  /// nil for a file that has none.
  private let mask: FreezeMask?

  init(_ network: ComparedNetwork, heedsFlags: Bool) {
    mask =
      switch network.source {
      case .pack(let mask): mask
      case .configured: heedsFlags ? Opinion.mask(ofFlags: network.model.graph) : nil
      case .weightsAlone: nil
      }
  }

  private static func mask(ofFlags graph: Graph) -> FreezeMask? {
    graph.layers.allSatisfy(\.trainable) ? nil : FreezeMask(trainableFlagsOf: graph)
  }

  func mask(of id: WeightID) -> ChannelMask? {
    guard let mask else { return nil }
    guard id.name.isTrainable else { return mask.trains(layer: id.layer) ? .trainable : .frozen }
    return mask[id]
  }
}

extension ComparedNetwork {
  fileprivate var isPack: Bool {
    if case .pack = source { true } else { false }
  }
}
