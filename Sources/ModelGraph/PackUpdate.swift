extension Pack {
  /// The same pack with other values for some of its weights.
  ///
  /// - Throws: `GraphError` where one of `trained` is not of this network, or not in its shape.
  public func replacing(_ trained: Weights) throws(GraphError) -> Pack {
    try Pack(
      graph: graph, mask: mask, weights: weights.merging(trained) { _, new in new }, corrections: corrections,
      labels: labels, preprocessing: preprocessing, provenance: provenance)
  }
}
