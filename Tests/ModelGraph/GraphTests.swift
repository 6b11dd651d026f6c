import ModelGraph
import Testing

@Suite struct GraphTests {
  @Test func shapesFollowFromTheLayers() throws {
    let graph = try TestNetworks.small()
    #expect(
      graph.outputShapes == [
        [4, 4, 2], [4, 4, 3], [4, 4, 3], [4, 4, 6], [4, 4, 6], [4, 4, 5], [4, 4, 5], [80], [2], [2],
      ])
    #expect(graph.inputShape == [4, 4, 2])
    #expect(graph.outputShape == [2])
  }

  @Test func weightsHaveKerasShapesAndCounts() throws {
    let graph = try TestNetworks.small()
    #expect(graph.spec(of: WeightID("conv/kernel"))?.shape == [3, 3, 2, 3])
    #expect(graph.spec(of: WeightID("conv/bias"))?.shape == [3])
    #expect(graph.spec(of: WeightID("conv_dw/depthwise_kernel"))?.shape == [3, 3, 3, 2])
    #expect(graph.spec(of: WeightID("conv_dw/depthwise_kernel"))?.channelCount == 6)
    #expect(graph.spec(of: WeightID("conv_pw/kernel"))?.shape == [1, 1, 6, 5])
    #expect(graph.spec(of: WeightID("conv_pw/kernel"))?.channelCount == 5)
    #expect(graph.spec(of: WeightID("conv_dw_bn/gamma"))?.shape == [6])
    #expect(graph.spec(of: WeightID("dense/kernel"))?.shape == [80, 2])
    #expect(graph.spec(of: WeightID("conv_pw/bias")) == nil)
    // 54 + 3, 4·3, 54, 4·6, 30, 4·5, 160 + 2
    #expect(graph.layers.indices.map(graph.parameterCount(at:)) == [0, 57, 12, 54, 24, 30, 20, 0, 162, 0])
    #expect(graph.parameterCount == 359)
    #expect(
      graph.weightIDs.prefix(4).map(\.description) == [
        "conv/kernel", "conv/bias", "conv_bn/gamma", "conv_bn/beta",
      ])
  }

  @Test func branchesAreFound() throws {
    let relu = Operation.relu(maxValue: nil)
    let graph = try Graph(
      name: "branches",
      layers: [
        Layer(name: "a", operation: .input([2]), inputs: []), Layer(name: "b", operation: relu, inputs: [0]),
        Layer(name: "c", operation: relu, inputs: [0]), Layer(name: "d", operation: relu, inputs: [1]),
      ])
    #expect(graph.consumers(of: 0) == [1, 2])
    #expect(graph.consumers(of: 2) == [])
    #expect(graph["c"]?.inputs == [0])
    #expect(graph.position(of: "d") == 3)
  }

  @Test func reshapeFillsInItsUnknown() throws {
    let graph = try TestNetworks.chain([("input", .input([2, 3, 4])), ("reshape", .reshape([6, -1]))])
    #expect(graph.outputShape == [6, 4])
  }

  @Test func poolingsAndPaddingHaveTheirShapes() throws {
    let window = Window(size: Size2D(square: 7), strides: Size2D(square: 7), padding: .valid)
    let graph = try TestNetworks.chain([
      ("input", .input([6, 5, 3])), ("pad", .zeroPadding2D(Margins(top: 0, bottom: 1, left: 0, right: 2))),
      ("pool", .averagePooling2D(window)), ("gap", .globalAveragePooling2D(keepDims: true)),
    ])
    #expect(graph.outputShapes == [[6, 5, 3], [7, 7, 3], [1, 1, 3], [1, 1, 3]])
    let flat = try TestNetworks.chain([
      ("input", .input([6, 5, 3])), ("gap", .globalAveragePooling2D(keepDims: false)),
    ])
    #expect(flat.outputShape == [3])
  }
}

/// Layers that make no network, and the error that says so.
struct BadGraph: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let layers: [Layer]
  let error: GraphError

  private static let input = Layer(name: "i", operation: .input([4, 4, 2]), inputs: [])
  private static let valid9x9 = Window(size: Size2D(square: 9), strides: Size2D(square: 1), padding: .valid)

  private init(
    _ description: String, _ operation: ModelGraph.Operation, inputs: [Int] = [0], _ error: GraphError
  ) {
    testDescription = description
    layers = [BadGraph.input, Layer(name: "x", operation: operation, inputs: inputs)]
    self.error = error
  }

  private init(_ description: String, layers: [Layer], _ error: GraphError) {
    testDescription = description
    self.layers = layers
    self.error = error
  }

  static let all: [BadGraph] = [
    BadGraph("no layers", layers: [], .empty),
    BadGraph("one name twice", layers: [input, input], .duplicateLayer("i")),
    BadGraph(
      "takes itself", .flatten, inputs: [1],
      .badInputs(layer: "x", why: "input 1 does not stand before position 1")),
    BadGraph(
      "takes what is before the first", .flatten, inputs: [-1],
      .badInputs(layer: "x", why: "input -1 does not stand before position 1")),
    BadGraph(
      "takes nothing", .flatten, inputs: [], .badInputs(layer: "x", why: "Flatten takes one input, not 0")),
    BadGraph(
      "an input with an input", .input([1]), .badInputs(layer: "x", why: "an input layer takes no input")),
    BadGraph(
      "an empty input", layers: [Layer(name: "i", operation: .input([0, 4, 2]), inputs: [])],
      .badShape(layer: "i", input: [0, 4, 2], why: "sizes must be positive")),
    BadGraph(
      "a window beyond the image", .averagePooling2D(valid9x9),
      .badShape(layer: "x", input: [4, 4, 2], why: "the window does not fit")),
    BadGraph(
      "no filters", .conv2D(filters: 0, TestNetworks.window1x1, useBias: false, .linear),
      .badShape(layer: "x", input: [4, 4, 0], why: "sizes must be positive")),
    BadGraph(
      "more filters than memory", .conv2D(filters: 1 << 40, TestNetworks.window1x1, useBias: false, .linear),
      .tooLarge(layer: "x")),
    BadGraph("more units than memory", .dense(units: .max, useBias: false, .linear), .tooLarge(layer: "x")),
    BadGraph(
      "a multiplier that overflows",
      .depthwiseConv2D(multiplier: .max, TestNetworks.window1x1, useBias: false, .linear),
      .tooLarge(layer: "x")),
    BadGraph(
      "elements that get lost", .reshape([5, 5]),
      .badShape(layer: "x", input: [4, 4, 2], why: "32 elements cannot be reshaped to [5, 5]")),
    BadGraph(
      "two unknowns", .reshape([-1, -1]),
      .badShape(layer: "x", input: [-1, -1], why: "sizes must be positive")),
    BadGraph(
      "negative padding", .zeroPadding2D(Margins(top: -1, bottom: 0, left: 0, right: 0)),
      .badShape(layer: "x", input: [4, 4, 2], why: "padding out of range")),
    BadGraph(
      "an infinite epsilon", .batchNormalization(BatchNormalization(epsilon: .infinity)),
      .badConfiguration(layer: "x", why: "epsilon inf is not a finite number from 0 on")),
    BadGraph(
      "a negative epsilon", .batchNormalization(BatchNormalization(epsilon: -1e-3)),
      .badConfiguration(layer: "x", why: "epsilon -0.001 is not a finite number from 0 on")),
    BadGraph(
      "a momentum above 1", .batchNormalization(BatchNormalization(momentum: 1.5)),
      .badConfiguration(layer: "x", why: "momentum 1.5 is not between 0 and 1")),
    BadGraph(
      "a ReLU of not a number", .relu(maxValue: .nan),
      .badConfiguration(layer: "x", why: "max_value nan is not a finite number from 0 on")),
    BadGraph(
      "a rate below 0", .dropout(rate: -0.5),
      .badConfiguration(layer: "x", why: "rate -0.5 is not between 0 and 1")),
  ]
}

@Test("Layers that make no network are refused", arguments: BadGraph.all)
func badGraphIsRefused(_ bad: BadGraph) {
  #expect(throws: bad.error) { try Graph(name: "bad", layers: bad.layers) }
}

@Suite struct ModelTests {
  @Test func everyWeightMustBeThere() throws {
    let graph = try TestNetworks.pointwise(channels: 2, filters: 3)
    var weights = graph.madeUpWeights(seed: 0)
    weights[WeightID("bn/beta")] = nil
    #expect(throws: GraphError.missingWeight(WeightID("bn/beta"), expected: [3])) {
      try Model(graph: graph, weights: weights)
    }
  }

  @Test func everyWeightMustHaveItsShape() throws {
    let graph = try TestNetworks.pointwise(channels: 2, filters: 3)
    var weights = graph.madeUpWeights(seed: 0)
    weights[WeightID("conv/kernel")] = Tensor(shape: [1, 1, 3, 2], floats: [Float](repeating: 0, count: 6))
    let error = GraphError.misshapenWeight(
      WeightID("conv/kernel"), expected: [1, 1, 2, 3], found: [1, 1, 3, 2])
    #expect(throws: error) { try Model(graph: graph, weights: weights) }
  }

  @Test func noOtherWeightMayBeThere() throws {
    let graph = try TestNetworks.pointwise(channels: 2, filters: 3)
    var weights = graph.madeUpWeights(seed: 0)
    weights[WeightID("conv/bias")] = Tensor(shape: [3], floats: [0, 0, 0])
    #expect(throws: GraphError.unknownWeight(WeightID("conv/bias"))) {
      try Model(graph: graph, weights: weights)
    }
  }
}
