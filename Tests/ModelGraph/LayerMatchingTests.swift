import ModelGraph
import Testing

/// Which layer of one network is which of another.
@Suite struct LayerMatchingTests {
  private let model: Model

  init() throws {
    let graph = try TestNetworks.small()
    model = try Model(graph: graph, weights: graph.madeUpWeights(seed: 1))
  }

  private func compare(_ a: Model, _ b: Model) -> NetworkComparison {
    NetworkComparison(.init(a, .configured), .init(b, .configured))
  }

  @Test func renamedLayersAreFoundByTheirPlace() throws {
    let other = try model.renaming { "model_" + $0 }
    let comparison = compare(model, other)
    #expect(comparison.isIdentical)
    #expect(comparison.tensors.first?.idInB == WeightID("model_conv/kernel"))
    #expect(
      comparison.renamed.map(\.inA) == [
        "conv", "conv_bn", "conv_dw", "conv_dw_bn", "conv_pw", "conv_pw_bn", "dense",
      ])
    #expect(comparison.renamed.allSatisfy { $0.inB == "model_" + $0.inA })
  }

  @Test func oneRenamedLayerIsFoundAmongOthers() throws {
    let comparison = compare(model, try model.renaming { $0 == "conv_dw" ? "depthwise" : $0 })
    #expect(comparison.isIdentical)
    #expect(comparison.renamed == [.init(inA: "conv_dw", inB: "depthwise")])
  }

  /// Keras numbers unnamed layers through a session, so that a second network begins at another number.
  @Test func namesThatAreOneOffDoNotMislead() throws {
    let operations: [Operation] = (0..<3).map { _ in .dense(units: 2, useBias: false, .linear) }
    func network(from number: Int) throws -> Model {
      let layers = operations.enumerated().map { ("dense_\(number + $0)", $1) }
      let graph = try TestNetworks.chain([("input", .input([2]))] + layers)
      let weights = graph.weightIDs.enumerated().map { index, id in
        (id, Tensor(shape: [2, 2], floats: [1, 2, 3, Float(index)]))
      }
      return try Model(graph: graph, weights: Dictionary(uniqueKeysWithValues: weights))
    }
    let comparison = compare(try network(from: 0), try network(from: 1))
    #expect(comparison.isIdentical)
    #expect(comparison.renamed.map(\.inB) == ["dense_1", "dense_2", "dense_3"])
  }

  @Test func renamedLayersAreFoundBelowAnotherHead() throws {
    let short = try model.graph.dropping(last: 3)
    let base = try Model(graph: short, weights: model.weights.filter { $0.key.layer != "dense" })
    let comparison = compare(model, try base.renaming { $0 + "_1" })
    #expect(comparison.tensors.count == model.weights.count - 2)
    #expect(comparison.tensors.allSatisfy { $0.status == .identical })
    #expect(comparison.onlyInA.map(\.layer) == ["dense", "dense"])
  }

  @Test func layersOfOtherShapesAreNotForcedTogether() throws {
    let graph = try TestNetworks.pointwise(channels: 1, filters: 2)
    let other = try Model(graph: graph, weights: graph.madeUpWeights(seed: 1))
      .renaming { $0 == "input" ? $0 : "x_" + $0 }
    let comparison = compare(model, other)
    #expect(comparison.tensors == [])
    #expect(comparison.onlyInA == model.graph.weightIDs)
    #expect(comparison.onlyInB == other.graph.weightIDs)
    #expect(!comparison.isEqual)
  }

  @Test func namesInAnotherOrderAreAnotherNetwork() throws {
    let dense = Operation.dense(units: 2, useBias: false, .linear)
    let a = try TestNetworks.chain([("input", .input([2])), ("p", dense), ("q", dense)])
    let b = try TestNetworks.chain([("input", .input([2])), ("q", dense), ("p", dense)])
    let weights = a.madeUpWeights(seed: 1)
    let comparison = compare(try Model(graph: a, weights: weights), try Model(graph: b, weights: weights))
    #expect(comparison.tensors.allSatisfy { $0.status == .identical })
    #expect(comparison.structure == [.init(layer: "q", inA: "behind p", inB: "before p")])
    #expect(!comparison.isEqual)
  }
}
