/// A network as its author sees it: its graph, and the exact value of every weight.
///
/// A value of this type is complete: every weight of the graph is there in its shape, and no other.
public struct Model: Sendable {
  public let graph: Graph
  public let weights: Weights
  public var preprocessing: Preprocessing

  /// - Throws: The first weight that is missing, misshapen or not of this graph.
  public init(graph: Graph, weights: Weights, preprocessing: Preprocessing = .mobileNet) throws(GraphError) {
    try graph.check(weights)
    self.graph = graph
    self.weights = weights
    self.preprocessing = preprocessing
  }
}

extension Graph {
  /// That `weights` holds every weight of this graph in its shape, and no other.
  func check(_ weights: Weights) throws(GraphError) {
    for id in weightIDs {
      guard let expected = spec(of: id)?.shape else { continue }
      guard let tensor = weights[id] else { throw .missingWeight(id, expected: expected) }
      guard tensor.shape == expected else {
        throw .misshapenWeight(id, expected: expected, found: tensor.shape)
      }
    }
    for id in weights.keys where spec(of: id) == nil { throw .unknownWeight(id) }
  }
}
