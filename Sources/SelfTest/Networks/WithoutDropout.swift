import ModelGraph

extension Graph {
  /// The same network whose dropout layers drop nothing, for checks of the whole.
  func withoutDropout() throws(GraphError) -> Graph {
    try Graph(
      name: name,
      layers: layers.map { layer in
        var copy = layer
        if case .dropout = layer.operation { copy.operation = .dropout(rate: 0) }
        return copy
      })
  }
}
