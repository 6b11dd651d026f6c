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
    notes = network.notes + Interpretation.remarks(on: stored)
  }

  private static func remarks(on stored: StoredNetwork) -> [String] {
    var remarks = stored.hasOptimizerState ? ["the state of the optimizer is left behind"] : []
    for weight in stored.layers.lazy.flatMap(\.weights) where !isFinite(weight.tensor) {
      remarks.append("weight '\(weight.name)' has values that are not finite")
    }
    return remarks
  }

  private static func isFinite(_ tensor: Tensor) -> Bool {
    tensor.withFloats { values in
      // Without a branch in the loop, the compiler makes vector instructions of it.
      var exponents: UInt32 = 0
      for value in values {
        exponents |= value.bitPattern & 0x7F80_0000 == 0x7F80_0000 ? 1 : 0
      }
      return exponents == 0
    }
  }
}
