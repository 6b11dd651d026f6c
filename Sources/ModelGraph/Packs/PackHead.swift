extension Pack {
  /// This pack with a new classifier for `names` in place of the one that it may have, all of it trainable, as
  /// `Model.withHead` starts it. All else stays as it is kept.
  ///
  /// - Throws: As `Model.withHead`.
  public func withHead(labels names: [String], seed: UInt64) throws(GraphError) -> Pack {
    let kept = Set(try graph.withoutTop().weightIDs)
    let model = try unfolded().withHead(classes: names.count, seed: seed)
    var mask = FreezeMask()
    for (id, channels) in self.mask.channels where kept.contains(id) { mask[id] = channels }
    for id in model.graph.weightIDs where !kept.contains(id) { mask[id] = .trainable }
    return try Pack(
      graph: model.graph, mask: mask,
      weights: model.weights.merging(weights.filter { kept.contains($0.key) }) { $1 },
      corrections: corrections, forms: forms.filtered(kept.contains), compresses: compresses, labels: names,
      preprocessing: preprocessing, provenance: provenance)
  }
}

extension WeightForms {
  /// What is known of the weights that `isIncluded` takes.
  fileprivate func filtered(_ isIncluded: (WeightID) -> Bool) -> WeightForms {
    var forms = WeightForms()
    forms.variableTypes = variableTypes.filter { isIncluded($0.key) }
    forms.originals = originals.filter { isIncluded($0.key) }
    forms.reductions = reductions.filter { isIncluded($0.key) }
    forms.approximations = approximations.filter { isIncluded($0.key) }
    return forms
  }
}
