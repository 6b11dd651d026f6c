/// Compares the tensors of matched layers.
struct TensorComparer {
  private let a: ComparedNetwork
  private let b: ComparedNetwork
  private let opinion: FreezingOpinion

  init(_ a: ComparedNetwork, _ b: ComparedNetwork) {
    self.a = a
    self.b = b
    opinion = FreezingOpinion(a, b)
  }

  /// The weights that both layers have.
  func compare(_ pair: LayerMatching.Pair) -> [TensorComparison] {
    let (inA, inB) = (a.model.graph, b.model.graph)
    return inA.weightSpecs[pair.a].compactMap { spec in
      let id = WeightID(layer: inA.layers[pair.a].name, name: spec.name)
      let idInB = WeightID(layer: inB.layers[pair.b].name, name: spec.name)
      guard let x = a.model.weights[id], let y = b.model.weights[idInB] else { return nil }
      let isMeasured = x.shape == y.shape
      return TensorComparison(
        id: id, idInB: idInB, shape: x.shape,
        status: isMeasured
          ? status(.init(id: id, tensor: x, network: a), .init(id: idInB, tensor: y, network: b), spec)
          : .shape(inB: y.shape),
        distance: isMeasured ? TensorDistance(x, y) : nil, isFolded: false)
    }
  }

  private func status(
    _ x: PrecisionExplanation.Side, _ y: PrecisionExplanation.Side, _ spec: WeightSpec
  ) -> TensorComparison.Status {
    if x.tensor == y.tensor { return .identical }
    let count = spec.channelCount
    return judge(opinion.trainedChannels([x.id], [y.id], of: count), of: count) { channels in
      PrecisionExplanation(x, y).explanation(in: channels, of: count)
    } hasSameBits: { channels in
      x.tensor.hasSameBits(as: y.tensor, in: channels, of: count)
    }
  }

  /// What a difference in some channels of `count` means.
  private func judge(
    _ trained: ChannelRanges?, of count: Int, explanation: (ChannelRanges) -> Explanation?,
    hasSameBits: (ChannelRanges) -> Bool
  ) -> TensorComparison.Status {
    if let found = explanation(ChannelRanges(0..<count)) { return .explained(found) }
    guard let trained else { return .differs }
    let frozen = trained.complement(of: count)
    return hasSameBits(frozen) || explanation(frozen) != nil ? .trained : .changed
  }
}

extension TensorComparer {
  /// The kernel and the bias of a convolution that one network has folded.
  func compare(_ pair: LayerMatching.FoldedPair) -> [TensorComparison] {
    let deciding = (inA: deciding(pair, inA: true), inB: deciding(pair, inA: false))
    let unfolded = pair.isFoldedInA ? b : a
    let convolution = pair.isFoldedInA ? pair.convolution.b : pair.convolution.a
    let expected = FoldedComparison(
      unfolded.model, convolution: convolution, normalization: pair.normalization)
    let kernelName = a.model.graph.weightSpecs[pair.convolution.a].first?.name ?? .kernel
    return [(kernelName, expected?.kernel), (.bias, expected?.bias)].compactMap { name, folded in
      compare(pair, name, folded, deciding)
    }
  }

  private func compare(
    _ pair: LayerMatching.FoldedPair, _ name: WeightName, _ expected: FoldedTensor?,
    _ deciding: (inA: [WeightID], inB: [WeightID])
  ) -> TensorComparison? {
    let id = WeightID(layer: a.model.graph.layers[pair.convolution.a].name, name: name)
    let idInB = WeightID(layer: b.model.graph.layers[pair.convolution.b].name, name: name)
    let found = pair.isFoldedInA ? a.model.weights[id] : b.model.weights[idInB]
    guard let found else { return nil }
    func result(_ status: TensorComparison.Status, _ distance: TensorDistance?) -> TensorComparison {
      TensorComparison(
        id: id, idInB: idInB, shape: pair.isFoldedInA ? found.shape : expected?.shape ?? found.shape,
        status: status, distance: distance, isFolded: true)
    }
    guard let expected else { return result(.differs, nil) }
    guard expected.shape == found.shape else {
      return result(.shape(inB: pair.isFoldedInA ? expected.shape : found.shape), nil)
    }
    let count = expected.channelCount
    let trained = opinion.trainedChannels(deciding.inA, deciding.inB, of: count)
    let status = judge(trained, of: count) { channels in
      expected.explains(found, in: channels, of: count) ? .folded : nil
    } hasSameBits: {
      $0.ranges.isEmpty
    }
    let tensor = expected.tensor
    return result(
      status, pair.isFoldedInA ? TensorDistance(found, tensor) : TensorDistance(tensor, found))
  }

  /// The weights that decide a folded convolution: its own, and those of its batch-norm where it has one.
  private func deciding(_ pair: LayerMatching.FoldedPair, inA: Bool) -> [WeightID] {
    let graph = inA ? a.model.graph : b.model.graph
    let convolution = graph.weightIDs(at: inA ? pair.convolution.a : pair.convolution.b)
    return inA == pair.isFoldedInA ? convolution : convolution + graph.weightIDs(at: pair.normalization)
  }
}
