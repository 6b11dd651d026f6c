extension Pack {
  /// Folds what `mask` leaves frozen: k′ = k · s of its batch-norm, in double precision, rounded once.
  ///
  /// The batch-norm's vectors stay as they are: whoever runs the pack derives the folded bias from them. Variables of
  /// another type than `float32` keep their originals until they are trained.
  ///
  /// - Throws: `badVariance` where a batch-norm cannot be computed, and what `Pack` requires of its parts.
  public init(
    folding model: Model, mask: FreezeMask, labels: [String], provenance: Provenance
  ) throws(GraphError) {
    let graph = model.graph
    var parts = FoldParts(model)
    try parts.fold(graph.foldSites(under: mask), of: graph)
    try self.init(
      graph: graph, mask: mask, weights: parts.weights, corrections: parts.corrections, forms: parts.forms,
      labels: labels, preprocessing: model.preprocessing, provenance: provenance)
  }

  /// The model that was folded, and trained since: every weight that was not trained has its first bits, but for
  /// those that are approximations.
  ///
  /// - Throws: `badCorrection` where a folded kernel and its correction do not belong together.
  public func unfolded() throws(GraphError) -> Model {
    var parts = FoldParts(self)
    for site in graph.foldSites(under: mask) { try parts.unfold(site, of: graph) }
    for (id, type) in forms.variableTypes {
      parts.weights[id] = forms.originals[id] ?? parts.weights[id]?.rounded(to: type)
    }
    return try Model(graph: graph, weights: parts.weights, preprocessing: preprocessing)
  }

  /// The same network under another mask; only convolutions that it concerns are folded or unfolded.
  ///
  /// A reduced kernel that becomes trained is `float32` from then on, with the values that `unfolded()` gives, and
  /// stays an approximation.
  public func refrozen(_ mask: FreezeMask) throws(GraphError) -> Pack {
    var parts = FoldParts(self)
    let before = graph.foldSites(under: self.mask)
    let after = graph.foldSites(under: mask)
    let wasFolded = Set(before.map(\.layer))
    let staysFolded = wasFolded.intersection(after.map(\.layer))
    for site in before where !staysFolded.contains(site.layer) { try parts.unfold(site, of: graph) }
    for id in mask.channels.keys { parts.forms.reductions[id] = nil }
    try parts.fold(after.filter { !wasFolded.contains($0.layer) }, of: graph)
    return try Pack(
      graph: graph, mask: mask, weights: parts.weights, corrections: parts.corrections, forms: parts.forms,
      compresses: compresses, labels: labels, preprocessing: preprocessing, provenance: provenance)
  }
}

/// The parts of a pack that change while it is folded and unfolded.
private struct FoldParts {
  /// `float32` throughout.
  var weights: Weights
  var corrections: [String: FoldCorrection]
  var forms: WeightForms

  init(_ pack: Pack) {
    weights = pack.weights
    corrections = pack.corrections
    forms = pack.forms
  }

  /// Nothing is folded, and all that can keeps its original.
  init(_ model: Model) {
    weights = model.weights.mapValues(\.float32)
    corrections = [:]
    forms = WeightForms()
    forms.originals = model.weights.filter { $0.value.dtype != .float32 }
    forms.variableTypes = forms.originals.mapValues(\.dtype)
  }

  /// A kernel with an original is left to `Pack`, which derives it. A reduced one gets other values than its
  /// precision has.
  mutating func fold(_ sites: [FoldSite], of graph: Graph) throws(GraphError) {
    var work: [(site: FoldSite, kernel: Tensor, scale: [Double])] = []
    for site in sites {
      guard forms.originals[site.kernel] == nil, let kernel = weights[site.kernel] else { continue }
      let scale = try graph.affine(ofNormalization: site.normalization, weights).scale
      work.append((site, kernel, scale))
    }
    let folded = Parallel.map(work.count) { [work] in KernelFold.fold(work[$0].kernel, by: work[$0].scale) }
    for ((site, _, _), folded) in zip(work, folded) {
      forms.reductions[site.kernel] = nil
      weights[site.kernel] = folded.kernel
      corrections[site.layer] = folded.correction
    }
  }

  /// A kernel with an original still has it afterwards; a reduced one is `float32`.
  mutating func unfold(_ site: FoldSite, of graph: Graph) throws(GraphError) {
    let correction = corrections.removeValue(forKey: site.layer)
    weights[site.kernel] = try graph.unfolded(site, weights, correction, forms)
    forms.reductions[site.kernel] = nil
  }
}

extension WeightForms {
  /// Whether it takes a correction to give back the kernel where its convolution is folded.
  func needsCorrection(_ kernel: WeightID) -> Bool { originals[kernel] == nil && reductions[kernel] == nil }
}

extension Graph {
  /// Kernels of the convolutions that a pack with this mask holds folded, in network order: of those that a
  /// batch-norm follows where neither trains anything.
  public func foldedKernels(under mask: FreezeMask) -> [WeightID] { foldSites(under: mask).map(\.kernel) }

  /// Of each original that is a folded convolution's kernel, the folded kernel.
  func foldOriginals(
    _ originals: [WeightID: Tensor], under mask: FreezeMask, into weights: inout Weights
  ) throws(GraphError) {
    guard !originals.isEmpty else { return }
    for site in foldSites(under: mask) {
      guard let original = originals[site.kernel] else { continue }
      let scale = try affine(ofNormalization: site.normalization, weights).scale
      weights[site.kernel] = KernelFold.product(original, by: scale)
    }
  }

  /// The `float32` kernel of a folded convolution, as it was before it was folded, or as near as it can be had.
  func unfolded(
    _ site: FoldSite, _ weights: Weights, _ correction: FoldCorrection?, _ forms: WeightForms
  ) throws(GraphError) -> Tensor {
    if let original = forms.originals[site.kernel] { return original.float32 }
    let scale = try affine(ofNormalization: site.normalization, weights).scale
    guard let folded = weights[site.kernel] else { throw .missingCorrection(layer: site.layer) }
    if forms.reductions[site.kernel] != nil { return KernelFold.quotient(folded, by: scale) }
    guard let correction else { throw .missingCorrection(layer: site.layer) }
    guard let kernel = KernelFold.unfold(folded, by: scale, correction) else {
      throw .badCorrection(layer: site.layer, why: "does not fold back into the stored kernel")
    }
    return kernel
  }
}
