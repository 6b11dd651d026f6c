import ModelGraph
import Testing

/// Taking the classifier off and putting a new one on.
@Suite struct HeadTests {
  /// A MobileNet V1 with weights that are all different.
  private func model(topClasses: Int?) throws -> Model {
    let graph = try MobileNetV1(alpha: 0.1, inputSize: 64, topClasses: topClasses).graph()
    return try filled(graph)
  }

  private func filled(_ graph: Graph) throws -> Model {
    var weights: Weights = [:]
    for (number, id) in graph.weightIDs.enumerated() {
      let shape = try #require(graph.spec(of: id)).shape
      weights[id] = Tensor(shape: shape, floats: (0..<shape.reduce(1, *)).map { Float($0 + number) })
    }
    let preprocessing = Preprocessing(divisor: 1, offset: 2)
    return try Model(graph: graph, weights: weights, preprocessing: preprocessing)
  }

  @Test func theTopGoesAndTheRestStays() throws {
    let whole = try model(topClasses: 7)
    let base = try whole.withoutTop()
    #expect(base.graph.layers == Array(whole.graph.layers.dropLast(5)))
    #expect(base.graph.layers.last?.name == "conv_pw_13_relu")
    #expect(base.graph.outputShape == [2, 2, 102])
    #expect(base.graph.name == whole.graph.name)
    #expect(base.preprocessing == whole.preprocessing)
    #expect(base.weights.count == whole.weights.count - 2)
    for (id, tensor) in base.weights { #expect(whole.weights[id] == tensor) }
  }

  @Test func aTopIsAClassifierWithWeights() throws {
    let base = try model(topClasses: nil)
    #expect(try model(topClasses: 7).hasTop)
    #expect(!base.hasTop)
    #expect(try base.withHead(classes: 3, seed: 0).hasTop)
    let pooled = Layer(name: "pool", operation: .globalAveragePooling2D(keepDims: false), inputs: [85])
    #expect(try !filled(Graph(name: "pooled", layers: base.graph.layers + [pooled])).hasTop)
  }

  @Test func theNewHead() throws {
    let model = try model(topClasses: 7).withHead(classes: 5, seed: 3)
    let head = Array(model.graph.layers.suffix(4))
    #expect(head.map(\.name) == ["average_pooling2d", "flatten", "dense", "softmax"])
    let map = Window(size: Size2D(square: 2), strides: Size2D(square: 2), padding: .valid)
    #expect(
      head.map(\.operation) == [
        .averagePooling2D(map), .flatten, .dense(units: 5, useBias: true, .linear), .softmax,
      ])
    #expect(model.graph.outputShapes.suffix(4) == [[1, 1, 102], [102], [5], [5]])
    #expect(model.graph.layers.count == 90)
  }

  @Test func theNewHeadStartsAsKerasDoes() throws {
    let head = try model(topClasses: nil).withHead(classes: 50, seed: 3).weights
    let kernel = try #require(head[WeightID(layer: "dense", name: .kernel)]).floats
    let limit = Float(6.0 / 152).squareRoot()
    #expect(kernel.count == 5100)
    #expect(kernel.allSatisfy { abs($0) <= limit })
    // Of uniform numbers between ±limit: mean 0, variance limit²/3, and something near either end.
    let mean = kernel.reduce(0, +) / 5100
    let variance = kernel.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 5100
    #expect(abs(mean) < 0.05 * limit)
    #expect(abs(variance / (limit * limit / 3) - 1) < 0.05)
    #expect((kernel.max() ?? 0) > 0.99 * limit && (kernel.min() ?? 0) < -0.99 * limit)
    #expect(head[WeightID(layer: "dense", name: .bias)]?.floats == [Float](repeating: 0, count: 50))
  }

  @Test func theSeedDecidesTheKernel() throws {
    let base = try model(topClasses: nil)
    func kernel(seed: UInt64) throws -> Tensor? {
      try base.withHead(classes: 5, seed: seed).weights[WeightID(layer: "dense", name: .kernel)]
    }
    #expect(try kernel(seed: 1) == kernel(seed: 1))
    #expect(try kernel(seed: 1) != kernel(seed: 2))
  }

  @Test func aHeadOnAHeadReplacesIt() throws {
    let base = try model(topClasses: nil)
    let twice = try base.withHead(classes: 9, seed: 1).withHead(classes: 5, seed: 3)
    #expect(try twice.graph == base.withHead(classes: 5, seed: 3).graph)
  }

  @Test func aBatchNormInTheClassifierBelongsToIt() throws {
    var layers = try model(topClasses: nil).graph.layers
    for (name, operation) in [
      ("pool", .globalAveragePooling2D(keepDims: false)), ("dense", .dense(units: 4, useBias: true, .linear)),
      ("dense_bn", .batchNormalization(BatchNormalization())), ("softmax", .softmax),
    ] as [(String, Operation)] {
      layers.append(Layer(name: name, operation: operation, inputs: [layers.count - 1]))
    }
    let model = try filled(Graph(name: "custom", layers: layers))
    #expect(model.hasTop)
    #expect(try model.withoutTop().graph.layers.last?.name == "conv_pw_13_relu")
  }

  @Test func whatHasNoFeaturesHasNoTop() throws {
    let graph = try TestNetworks.chain([
      ("input", .input([4])), ("dense", .dense(units: 2, useBias: true, .linear)),
    ])
    let model = try filled(graph)
    #expect(!model.hasTop)
    #expect(throws: GraphError.self) { try model.withoutTop() }
    #expect(throws: GraphError.self) { try model.withHead(classes: 2, seed: 0) }
  }

  @Test(arguments: [0, -1, 1 << 40]) func classCountsThatMakeNoLayer(classes: Int) throws {
    let base = try model(topClasses: nil)
    #expect(throws: GraphError.self) { try base.withHead(classes: classes, seed: 0) }
  }
}
