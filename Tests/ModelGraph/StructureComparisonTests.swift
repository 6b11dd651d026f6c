import ModelGraph
import Testing

/// What two networks with the same weights may yet compute differently.
@Suite struct StructureComparisonTests {
  private func compare(
    _ a: Graph, _ b: Graph, _ source: ComparedNetwork.Source = .configured
  ) throws -> NetworkComparison {
    let weights = a.madeUpWeights(seed: 1)
    return NetworkComparison(
      .init(try Model(graph: a, weights: weights), .configured),
      .init(try Model(graph: b, weights: weights), source))
  }

  @Test func anotherEpsilonIsAnotherNetwork() throws {
    let a = try TestNetworks.pointwise(channels: 1, filters: 2)
    let b = try TestNetworks.pointwise(channels: 1, filters: 2, epsilon: 1e-5)
    let comparison = try compare(a, b)
    #expect(
      comparison.structure == [
        .init(
          layer: "bn",
          inA: "BatchNormalization, epsilon 0.001", inB: "BatchNormalization, epsilon 1e-05")
      ])
    #expect(!comparison.isEqual)
    // Weights alone do not say it.
    #expect(try compare(a, b, .weightsAlone).isIdentical)
  }

  @Test func anotherInputIsAnotherNetwork() throws {
    func network(_ side: Int) throws -> Graph {
      try TestNetworks.chain([
        ("input", .input([side, side, 2])),
        ("conv", .conv2D(filters: 3, TestNetworks.window3x3, useBias: true, .linear)),
      ])
    }
    #expect(
      try compare(network(4), network(6)).structure == [
        .init(layer: "input", inA: "input 4 × 4 × 2", inB: "input 6 × 6 × 2")
      ])
  }

  @Test func oneComputationHasManyForms() throws {
    func network(_ rest: [(String, Operation)]) throws -> Graph {
      try TestNetworks.chain([("input", .input([2, 2, 2]))] + rest)
    }
    let window = Window(size: Size2D(square: 2), strides: Size2D(square: 2), padding: .valid)
    let a = try network([
      ("pool", .averagePooling2D(window)), ("flatten", .flatten), ("drop", .dropout(rate: 0.5)),
      ("dense", .dense(units: 2, useBias: true, .linear)), ("softmax", .softmax),
    ])
    let b = try network([
      ("pool", .globalAveragePooling2D(keepDims: false)),
      ("dense", .dense(units: 2, useBias: true, .softmax)),
    ])
    #expect(try compare(a, b).isIdentical)
    let logits = try network([
      ("pool", .globalAveragePooling2D(keepDims: false)),
      ("dense", .dense(units: 2, useBias: true, .linear)),
    ])
    #expect(try compare(a, logits).structure == [.init(layer: "softmax", inA: "Softmax", inB: nil)])
    #expect(try compare(logits, a).structure == [.init(layer: "softmax", inA: nil, inB: "Softmax")])
    let rectified = try network([
      ("pool", .globalAveragePooling2D(keepDims: false)),
      ("dense", .dense(units: 2, useBias: true, .relu)),
    ])
    #expect(
      try compare(a, rectified).structure == [.init(layer: "softmax", inA: "Softmax", inB: "ReLU")])
  }

  @Test func packsAlsoSayHowPixelsAreRead() throws {
    let graph = try TestNetworks.pointwise(channels: 1, filters: 2)
    var other = try Model(graph: graph, weights: graph.madeUpWeights(seed: 1))
    let a = ComparedNetwork(other, .pack(FreezeMask()))
    other.preprocessing = Preprocessing(divisor: 255, offset: 0)
    #expect(
      NetworkComparison(a, .init(other, .pack(FreezeMask()))).structure == [
        .init(layer: "input", inA: "pixels as x / 127.5 + -1.0", inB: "pixels as x / 255.0 + 0.0")
      ])
    #expect(NetworkComparison(a, .init(other, .configured)).isIdentical)
  }
}
