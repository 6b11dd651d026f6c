import ModelGraph

/// A base as far as the pack that was trained from it has the same layers, folded as that pack is.
struct DerivedPack {
  /// How many layers from the first on both have, the same in all.
  let sharedLayers: Int
  let pack: Pack
  private let payloads: [PayloadKey: PayloadContent]

  /// - Parameters:
  ///   - graph: Of the trained pack; what it has that the base lacks is left out.
  ///   - mask: Of the trained pack.
  ///   - compresses: Whether the trained pack is compressed.
  /// - Throws: `GraphError` where the base's corrections do not belong to its kernels, `PackViolation` where the
  ///   format cannot hold it.
  init(_ base: Pack, like graph: Graph, _ mask: FreezeMask, compresses: Bool) throws {
    let sharedLayers = zip(base.graph.layers, graph.layers).prefix { $0 == $1 }.count
    func isShared(_ layer: String) -> Bool { graph.position(of: layer).map { $0 < sharedLayers } ?? false }
    var sharedMask = FreezeMask()
    for (id, channels) in mask.channels where isShared(id.layer) { sharedMask[id] = channels }
    var pack = try base.refrozen(sharedMask)
    pack.compresses = compresses
    var payloads: [PayloadKey: PayloadContent] = [:]
    for payload in try PackWriter(pack).payloads where isShared(payload.key.layer) {
      payloads[payload.key] = payload.content
    }
    self.sharedLayers = sharedLayers
    self.pack = pack
    self.payloads = payloads
  }

  /// The payload as the base has it; nil where it has none.
  func payload(_ key: PayloadKey) -> PayloadContent? { payloads[key] }

  /// The weight's `float32` values, of a layer that is shared; nil of another.
  func weight(_ id: WeightID) -> Tensor? { payloads[.tensor(id)] == nil ? nil : pack.weights[id] }
}

extension PayloadKey {
  var layer: String {
    switch self {
    case .tensor(let id): id.layer
    case .correction(let layer): layer
    }
  }
}
