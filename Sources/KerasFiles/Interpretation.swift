package import ModelGraph

/// A stored network understood: the model, and where in the file each of its weights is.
package struct Interpretation: Sendable {
  package let model: Model
  package let weights: [WeightID: StoredWeight]
  package let notes: [String]

  /// - Parameter inputSize: Height and width of the input where the file does not say it.
  /// - Throws: The first thing that keeps `stored` from being a MobileNet V1.
  package init(of stored: StoredNetwork, inputSize: Int?) throws(KerasFileError.Problem) {
    let network =
      if let configuration = stored.configuration {
        try Flattener.flatten(configuration, inputSize: inputSize)
      } else {
        try WeightsAlone.network(of: stored.layers, inputSize: inputSize)
      }
    try MobileNetNames.check(network.graph)
    weights = try WeightMatching.match(stored.layers, to: network.graph, members: network.members)
    let tensors = weights.mapValues(\.tensor)
    model = try sound { () throws(GraphError) in try Model(graph: network.graph, weights: tensors) }
    notes =
      network.notes + Interpretation.remarks(on: stored)
      + network.graph.remarks(onValuesOf: tensors)
  }

  private static func remarks(on stored: StoredNetwork) -> [String] {
    stored.hasOptimizerState ? ["the state of the optimizer is left behind"] : []
  }
}
