/// The rules that the parts of a `Pack` keep together.
extension Graph {
  func checkDTypes(_ weights: Weights) throws(GraphError) {
    for id in weightIDs {
      if let tensor = weights[id], tensor.dtype != .float32 {
        throw .unsupportedDType(id, found: tensor.dtype)
      }
    }
  }

  /// That each trained channel exists, and that equal masks are equal values.
  func check(_ mask: FreezeMask) throws(GraphError) {
    for (id, channels) in mask.channels {
      guard let spec = spec(of: id) else { throw .unknownWeight(id) }
      guard id.name.isTrainable else { throw .badMask(id, why: "trains a moving statistic") }
      guard case .channels(let ranges) = channels else { continue }
      var end = -1
      for range in ranges {
        guard !range.isEmpty, range.lowerBound > end else {
          throw .badMask(id, why: "has ranges that are empty, touch or are out of order")
        }
        end = range.upperBound
      }
      guard end <= spec.channelCount else {
        throw .badMask(id, why: "reaches channel \(end) of \(spec.channelCount)")
      }
      let trained = channels.trainableCount(of: spec.channelCount)
      guard trained > 0, trained < spec.channelCount else {
        throw .badMask(
          id, why: "lists \(trained) of \(spec.channelCount) channels where it should say all or none")
      }
    }
  }

  func check(labels: [String]) throws(GraphError) {
    guard labels.isEmpty || [labels.count] == outputShape else {
      throw .labelCount(labels: labels.count, outputs: outputShape.reduce(1, *))
    }
  }

  func checkNormalizations(_ weights: Weights) throws(GraphError) {
    for (position, layer) in layers.enumerated() {
      if case .batchNormalization = layer.operation { _ = try affine(ofNormalization: position, weights) }
    }
  }

  func check(
    _ corrections: [String: FoldCorrection], under mask: FreezeMask, _ forms: WeightForms
  ) throws(GraphError) {
    let sites = foldSites(under: mask).filter { forms.needsCorrection($0.kernel) }
    for site in sites {
      guard let correction = corrections[site.layer] else { throw .missingCorrection(layer: site.layer) }
      let elements = spec(of: site.kernel)?.elementCount ?? 0
      guard correction.ulps.count == elements else {
        throw .badCorrection(
          layer: site.layer, why: "has \(correction.ulps.count) entries for \(elements) elements")
      }
    }
    guard corrections.count > sites.count else { return }
    let corrected = Set(sites.map(\.layer))
    for layer in corrections.keys.sorted() where !corrected.contains(layer) {
      throw .unexpectedCorrection(layer: layer)
    }
  }
}
