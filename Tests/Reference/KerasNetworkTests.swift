import ModelGraph
import Reference
import Testing

/// The network of the fixtures' maker.
private func network() throws -> Graph {
  func square(_ size: Int, strides: Int, _ padding: Padding) -> Window {
    Window(size: Size2D(square: size), strides: Size2D(square: strides), padding: padding)
  }
  let norm = Operation.batchNormalization(BatchNormalization(epsilon: 1e-3, momentum: 0.9))
  let operations: [(String, Operation)] = [
    ("input", .input([7, 9, 3])),
    ("pad", .zeroPadding2D(Margins(top: 0, bottom: 1, left: 0, right: 1))),
    ("conv", .conv2D(filters: 4, square(3, strides: 2, .valid), useBias: false, .linear)),
    ("conv_bn", norm),
    ("conv_relu", .relu(maxValue: 6)),
    ("depthwise", .depthwiseConv2D(multiplier: 1, square(3, strides: 1, .same), useBias: false, .linear)),
    ("depthwise_bn", norm),
    ("depthwise_relu", .relu(maxValue: 6)),
    ("pointwise", .conv2D(filters: 6, square(1, strides: 1, .valid), useBias: false, .linear)),
    ("pointwise_bn", norm),
    ("pointwise_relu", .relu(maxValue: 6)),
    ("pool", .averagePooling2D(square(2, strides: 2, .same))),
    ("flatten", .flatten),
    ("dense", .dense(units: 3, useBias: true, .linear)),
    ("softmax", .softmax),
  ]
  return try Graph(
    name: "network",
    layers: operations.enumerated().map { position, entry in
      Layer(name: entry.0, operation: entry.1, inputs: position == 0 ? [] : [position - 1])
    })
}

extension KerasFixtures.NetworkCase {
  /// Keras 3 calls a depthwise kernel `kernel`.
  fileprivate func id(_ path: String, in graph: Graph) throws -> WeightID {
    let parts = path.split(separator: "/").map(String.init)
    let isDepthwise = parts[0] == "depthwise" && parts[1] == "kernel"
    let name = try #require(isDepthwise ? .depthwiseKernel : WeightName(rawValue: parts[1]))
    return WeightID(layer: parts[0], name: name)
  }

  fileprivate func ids(_ values: [String: KerasFixtures.Values], in graph: Graph) throws -> [WeightID:
    NDArray]
  {
    try Dictionary(uniqueKeysWithValues: values.map { (try id($0.key, in: graph), $0.value.array) })
  }

  fileprivate var trainsNormalizations: Bool { gradients.keys.contains("conv_bn/gamma") }
}

@Suite struct KerasNetworkTests {
  @Test(arguments: KerasFixtures.all.networks)
  func `all layers' outputs are Keras's`(_ expected: KerasFixtures.NetworkCase) throws {
    let graph = try network()
    let reference = ReferenceNetwork(graph: graph, weights: try expected.ids(expected.weights, in: graph))
    let outputs = reference.forward(expected.x.array).outputs
    for (layer, output) in zip(graph.layers, outputs) {
      let keras = try #require(expected.outputs[layer.name])
      #expect(distance(output, keras.array) < roundingTolerance, "\(layer.name)")
    }
  }

  @Test(arguments: KerasFixtures.all.networks)
  func `loss and gradients are Keras's`(_ expected: KerasFixtures.NetworkCase) throws {
    let graph = try network()
    let reference = ReferenceNetwork(graph: graph, weights: try expected.ids(expected.weights, in: graph))
    let wanted = try expected.ids(expected.gradients, in: graph)
    let found = reference.gradients(
      expected.x.array, labels: expected.labels, .training(mask(of: wanted), in: graph))
    #expect(abs(found.loss - expected.loss) < roundingTolerance * expected.loss)
    for (id, gradient) in wanted {
      let mine = try #require(found.weights[id])
      #expect(distance(mine, gradient) < roundingTolerance, "\(id)")
    }
  }

  @Test(arguments: KerasFixtures.all.networks)
  func `three steps of fit end where Keras's do`(_ expected: KerasFixtures.NetworkCase) throws {
    let graph = try network()
    var reference = ReferenceNetwork(graph: graph, weights: try expected.ids(expected.weights, in: graph))
    let mask = mask(of: try expected.ids(expected.gradients, in: graph))
    let losses = expected.losses.map { _ in
      reference.step(
        expected.x.array, labels: expected.labels, learningRate: 0.05, mask, .training(mask, in: graph)
      ).loss
    }
    // Keras keeps the losses of an epoch, and its learning rate, in float32.
    for (mine, keras) in zip(losses, expected.losses) { #expect(abs(mine - keras) < 1e-6 * keras) }
    for (id, after) in try expected.ids(expected.after, in: graph) {
      let mine = try #require(reference.weights[id])
      #expect(distance(mine, after) < 1e-7, "\(id)")
    }
  }

  private func mask(of gradients: [WeightID: NDArray]) -> FreezeMask {
    var mask = FreezeMask()
    for id in gradients.keys { mask[id] = .trainable }
    return mask
  }

  @Test func `both modes of batch normalization are covered`() {
    #expect(KerasFixtures.all.networks.map(\.trainsNormalizations) == [false, true])
  }
}
