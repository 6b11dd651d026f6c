import Glibc
import ModelGraph

/// A pack beside the one that it was trained from: what differs, and whether training explains it.
struct TrainingComparison {
  let base: Pack
  let tuned: Pack
  /// The base, folded as `tuned` is.
  let derived: DerivedPack

  /// A payload of `tuned` that the base does not give.
  struct Change {
    let index: Int
    let key: PayloadKey
    /// Whether the trained channels alone differ, of a tensor that has others.
    let isPartial: Bool
  }

  /// That both are one network, but for their heads.
  func checkNetworks() throws(DeltaMismatch) {
    let (layers, others) = (base.graph.layers, tuned.graph.layers)
    let shared = derived.sharedLayers
    guard base.preprocessing == tuned.preprocessing else { throw .preprocessing }
    let isSame = shared == layers.count && shared == others.count
    guard isSame || shared >= max(featureLayers(base.graph), featureLayers(tuned.graph)) else {
      let (layer, other) = (layers.dropFirst(shared).first?.name, others.dropFirst(shared).first?.name)
      if let layer, layer == other { throw .configuration(layer: layer) }
      throw .layer(inBase: layer, inTuned: other)
    }
  }

  private func featureLayers(_ graph: Graph) -> Int { (try? graph.withoutTop())?.layers.count ?? .max }

  /// What differs of the payloads of `tuned`.
  ///
  /// - Throws: `frozen` for the first difference that is not one of training.
  func changes(_ payloads: [PackWriter.Payload]) throws(DeltaMismatch) -> [Change] {
    var changes: [Change] = []
    for (index, payload) in payloads.enumerated() {
      if let other = derived.payload(payload.key), other.hasSameBytes(as: payload.content) { continue }
      changes.append(
        Change(index: index, key: payload.key, isPartial: try isPartial(payload.key)))
    }
    return changes
  }

  private func isPartial(_ key: PayloadKey) throws(DeltaMismatch) -> Bool {
    let kernel: WeightID? =
      switch key {
      case .tensor(let id): id
      case .correction(let layer):
        tuned.graph.foldedKernels(under: tuned.mask).first { $0.layer == layer }
      }
    guard let id = kernel, let spec = tuned.graph.spec(of: id) else { return false }
    guard let before = derived.weight(id), let after = tuned.weights[id] else { return false }
    let trained = trained(id, of: spec.channelCount)
    guard !trained.isEmpty, isEqual(before, after, outside: trained, of: spec.channelCount) else {
      throw .frozen(id)
    }
    guard case .channels(let ranges) = tuned.mask[id] else { return false }
    return isEqual(before, after, outside: ranges, of: spec.channelCount)
  }

  /// Channels that either pack trains. Moving statistics follow their layer, and a folded kernel the base's
  /// batch-norm where that was still apart.
  private func trained(_ id: WeightID, of count: Int) -> [Range<Int>] {
    let all = [0..<count]
    if tuned.foldedLayers.contains(id.layer), !base.foldedLayers.contains(id.layer) { return all }
    return [base.mask, tuned.mask].flatMap { mask in
      guard id.name.isTrainable else { return mask.trains(layer: id.layer) ? all : [] }
      return switch mask[id] {
      case .frozen: []
      case .trainable: all
      case .channels(let ranges): ranges
      }
    }
  }

  /// Whether the tensors have the same bits in all channels but those of `ranges`.
  private func isEqual(_ a: Tensor, _ b: Tensor, outside ranges: [Range<Int>], of count: Int) -> Bool {
    let isTrained = (0..<count).map { channel in ranges.contains { $0.contains(channel) } }
    let others = isTrained.indices.filter { !isTrained[$0] }
    guard !others.isEmpty else { return true }
    return a.withFloats { a in
      b.withFloats { b in
        stride(from: 0, to: a.count, by: count).allSatisfy { start in
          others.allSatisfy { a[start + $0].bitPattern == b[start + $0].bitPattern }
        }
      }
    }
  }
}

extension PayloadContent {
  fileprivate func hasSameBytes(as other: PayloadContent) -> Bool {
    withUnsafeBytes { a in
      other.withUnsafeBytes { b in
        guard a.count == b.count else { return false }
        guard let start = a.baseAddress, let otherStart = b.baseAddress else { return true }
        return memcmp(start, otherStart, a.count) == 0
      }
    }
  }
}
