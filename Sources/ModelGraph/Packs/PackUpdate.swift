extension Pack {
  /// The same pack with other values for some of its weights, which are then exactly what they are: neither
  /// approximations nor reduced. Of a weight that is trained in part, the frozen channels stay as near to Keras's
  /// variable as they were.
  ///
  /// - Throws: `GraphError` where one of `trained` is not of this network, or not in its shape.
  public func replacing(_ trained: Weights) throws(GraphError) -> Pack {
    var forms = forms
    for id in trained.keys {
      // Moving statistics move as a whole, whatever of their layer is trained.
      let isWhole = mask[id] == .trainable || !id.name.isTrainable
      let error = isWhole ? nil : forms.singlePrecisionError(of: id)
      forms.discardValues(of: id)
      forms.approximations[id] = error
    }
    return try Pack(
      graph: graph, mask: mask, weights: weights.merging(trained) { _, new in new }, corrections: corrections,
      forms: forms, compresses: compresses, labels: labels, preprocessing: preprocessing,
      provenance: provenance)
  }
}
