extension Pack {
  /// The same pack with its frozen kernels in fewer bits: those that are finite, and have more bits now.
  ///
  /// What runs is rounded, not what Keras stores: of a folded convolution the kernel that is multiplied already, so
  /// that the error of the outputs is least. Vectors (bias and batch-norm), trained kernels and those whose values
  /// `kind` cannot hold stay as they are. `approximations` says for each kernel how far it lies from Keras's since.
  ///
  /// - Throws: `badCorrection` where a folded kernel and its correction do not belong together.
  public func reduced(to kind: ReducedPrecision.Kind) throws(GraphError) -> Pack {
    var weights = weights
    var corrections = corrections
    var forms = forms
    let sites = Dictionary(uniqueKeysWithValues: graph.foldSites(under: mask).map { ($0.kernel, $0) })
    for id in graph.weightIDs where canBeReduced(id, to: kind) {
      guard let tensor = weights[id], let reduced = ReducedKernel(tensor, graph.spec(of: id), to: kind) else {
        continue
      }
      let before = try variable(id, tensor, sites[id], corrections, forms)
      corrections[id.layer] = nil
      forms.originals[id] = nil
      forms.reductions[id] = reduced.precision
      weights[id] = reduced.tensor
      let after = try variable(id, reduced.tensor, sites[id], corrections, forms)
      forms.addApproximation(Distance(between: before, and: after).largest, of: id)
    }
    return try Pack(
      graph: graph, mask: mask, weights: weights, corrections: corrections, forms: forms,
      compresses: compresses, labels: labels, preprocessing: preprocessing, provenance: provenance)
  }

  /// Whether nothing of the weight is trained, and both its variable and what is kept of it have more bits.
  private func canBeReduced(_ id: WeightID, to kind: ReducedPrecision.Kind) -> Bool {
    guard let spec = graph.spec(of: id), spec.canBeReduced, mask[id] == .frozen else { return false }
    let kept = forms.reductions[id]?.kind.byteCount ?? DType.float64.byteCount
    return kind.byteCount < min(kept, (forms.variableTypes[id] ?? .float32).byteCount)
  }

  /// The Keras variable that `tensor`, in place of the weight `id`, would unfold to.
  private func variable(
    _ id: WeightID, _ tensor: Tensor, _ site: FoldSite?, _ corrections: [String: FoldCorrection],
    _ forms: WeightForms
  ) throws(GraphError) -> Tensor {
    if let original = forms.originals[id] { return original }
    var single = tensor
    if let site {
      let weights = weights.merging([id: tensor]) { $1 }
      single = try graph.unfolded(site, weights, corrections[id.layer], forms)
    }
    return single.rounded(to: forms.variableTypes[id] ?? .float32)
  }
}

extension WeightForms {
  /// A weight that moved by at most `distance` from where it was.
  fileprivate mutating func addApproximation(_ distance: Float, of id: WeightID) {
    guard distance > 0 else { return }
    approximations[id] = Distance.roundedUp(Double(approximations[id] ?? 0) + Double(distance))
  }
}

/// A kernel in fewer bits.
private struct ReducedKernel {
  let precision: ReducedPrecision
  /// The values that it decodes to.
  let tensor: Tensor

  /// - Returns: nil where the kernel is not finite, or would not be.
  init?(_ kernel: Tensor, _ spec: WeightSpec?, to kind: ReducedPrecision.Kind) {
    guard let spec, kernel.isFinite else { return nil }
    precision =
      switch kind {
      case .float16: .float16
      case .bfloat16: .bfloat16
      case .int8: .int8(scales: Int8Scale.nearest(to: kernel, channels: spec.channelCount))
      }
    guard precision.fault(channels: spec.channelCount) == nil else { return nil }
    tensor = precision.applied(to: kernel, channels: spec.channelCount)
    guard tensor.isFinite else { return nil }
  }
}
