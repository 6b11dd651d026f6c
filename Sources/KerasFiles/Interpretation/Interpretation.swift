package import ModelGraph

/// A stored network understood: the model, and where in the file each of its weights is.
package struct Interpretation: Sendable {
  package let model: Model
  package let weights: [WeightID: StoredWeight]
  package let notes: [String]

  /// Layers of a head that was left out.
  package let foreign: [ForeignLayer]

  /// - Parameters:
  ///   - inputSize: Height and width of the input where the file does not say it.
  ///   - head: What to do with a head that mlpack does not know.
  /// - Throws: The first thing that keeps `stored` from being a MobileNet V1.
  package init(
    of stored: StoredNetwork, inputSize: Int?, head: ForeignHead = .refused
  ) throws(KerasFileError.Problem) {
    var (network, layers) = try Interpretation.network(of: stored, inputSize: inputSize)
    let structure: MobileNetStructure
    do {
      structure = try MobileNetStructure(of: network.graph)
    } catch {
      // What stands before the foreign layer is not the whole feature extractor: there the trouble begins.
      throw network.problem ?? error
    }
    if !network.foreign.isEmpty {
      guard head == .leftOut else { throw .foreignHead(network.foreign) }
      network = try network.cut(at: structure.end)
    }
    weights = try WeightMatching.match(layers, to: network)
    let tensors = weights.mapValues(\.tensor)
    let graph = network.graph
    model = try sound { () throws(GraphError) in
      try Model(
        graph: graph, weights: tensors, preprocessing: graph.rescalesItsInput ? .none : .mobileNet)
    }
    foreign = network.foreign
    notes =
      network.notes + Interpretation.remarks(on: stored) + graph.remarks(onValuesOf: tensors)
  }

  /// The network that the configuration, or the weights themselves, describe, and the layers that have its weights.
  private static func network(
    of stored: StoredNetwork, inputSize: Int?
  ) throws(KerasFileError.Problem) -> (FlatNetwork, [StoredLayer]) {
    switch (stored.configuration, stored.weights) {
    case (let text?, .layers(let layers)):
      let model = try LayerConfiguration(parsing: text)
      return (try Flattener.flatten(model, inputSize: inputSize), layers)
    case (let text?, .objects(let root)):
      let model = try LayerConfiguration(parsing: text)
      let layers = try ObjectMatching.layers(of: model, in: root)
      let network = try Flattener.flatten(model, inputSize: inputSize)
      return (network.withLayersAsMembers, layers)
    case (nil, .layers(let layers)):
      return (try WeightsAlone.network(of: layers, inputSize: inputSize), layers)
    case (nil, .objects(let root)):
      let layers = try ObjectNames.layers(of: root)
      return (try WeightsAlone.network(of: layers, inputSize: inputSize), layers)
    }
  }

  private static func remarks(on stored: StoredNetwork) -> [String] {
    stored.hasOptimizerState ? ["the state of the optimizer is left behind"] : []
  }
}
