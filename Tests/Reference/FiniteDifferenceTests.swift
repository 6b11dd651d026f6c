import ModelGraph
import Reference
import Testing

/// The gradient of `function` at `x` by central differences.
///
/// They err by the square of the step, and by rounding over the step: about 1e-10 of either.
private func numericGradient(at x: NDArray, of function: (NDArray) -> Double) -> NDArray {
  let step = 1e-5
  var gradient = NDArray(zeros: x.shape)
  for index in x.elements.indices {
    var (above, below) = (x, x)
    above.elements[index] += step
    below.elements[index] -= step
    gradient.elements[index] = (function(above) - function(below)) / (2 * step)
  }
  return gradient
}

private func sum(_ x: NDArray) -> Double { x.elements.reduce(0, +) }

private let tolerance = 1e-8

@Suite struct FiniteDifferenceTests {
  private static let windows: [Window] = [
    Window(size: Size2D(square: 3), strides: Size2D(square: 1), padding: .same),
    Window(size: Size2D(square: 3), strides: Size2D(square: 2), padding: .same),
    Window(size: Size2D(square: 3), strides: Size2D(square: 2), padding: .valid),
    Window(size: Size2D(square: 1), strides: Size2D(square: 1), padding: .valid),
    Window(size: Size2D(height: 2, width: 3), strides: Size2D(height: 3, width: 1), padding: .same),
  ]

  @Test(arguments: windows)
  func convolution(_ window: Window) {
    var noise = Noise(seed: 1)
    let x = noise.array(2, 5, 4, 3)
    let kernel = noise.array(window.size.height, window.size.width, 3, 2)
    let y = Conv2D.forward(x, kernel: kernel, window)
    let dy = noise.array(y.shape[0], y.shape[1], y.shape[2], y.shape[3])
    let dx = numericGradient(at: x) { sum(Conv2D.forward($0, kernel: kernel, window) * dy) }
    #expect(distance(Conv2D.backwardData(dy, kernel: kernel, window, inputShape: x.shape), dx) < tolerance)
    let dkernel = numericGradient(at: kernel) { sum(Conv2D.forward(x, kernel: $0, window) * dy) }
    #expect(distance(Conv2D.backwardKernel(dy, x: x, window), dkernel) < tolerance)
  }

  @Test(arguments: windows, [1, 2])
  func depthwiseConvolution(_ window: Window, multiplier: Int) {
    var noise = Noise(seed: 2)
    let x = noise.array(2, 5, 4, 3)
    let kernel = noise.array(window.size.height, window.size.width, 3, multiplier)
    let y = DepthwiseConv2D.forward(x, kernel: kernel, window)
    let dy = noise.array(y.shape[0], y.shape[1], y.shape[2], y.shape[3])
    let dx = numericGradient(at: x) { sum(DepthwiseConv2D.forward($0, kernel: kernel, window) * dy) }
    let mine = DepthwiseConv2D.backwardData(dy, kernel: kernel, window, inputShape: x.shape)
    #expect(distance(mine, dx) < tolerance)
    let dkernel = numericGradient(at: kernel) { sum(DepthwiseConv2D.forward(x, kernel: $0, window) * dy) }
    #expect(distance(DepthwiseConv2D.backwardKernel(dy, x: x, window), dkernel) < tolerance)
  }

  @Test(arguments: windows)
  func averagePooling(_ window: Window) {
    var noise = Noise(seed: 3)
    let x = noise.array(2, 5, 4, 3)
    let y = AveragePooling2D.forward(x, window)
    let dy = noise.array(y.shape[0], y.shape[1], y.shape[2], y.shape[3])
    let dx = numericGradient(at: x) { sum(AveragePooling2D.forward($0, window) * dy) }
    #expect(distance(AveragePooling2D.backward(dy, window, inputShape: x.shape), dx) < tolerance)
  }

  @Test func globalAveragePoolingAndPadding() {
    var noise = Noise(seed: 4)
    let x = noise.array(2, 3, 4, 2)
    let dpooled = noise.array(2, 1, 1, 2)
    let pooled = numericGradient(at: x) { sum(GlobalAveragePooling2D.forward($0, keepDims: true) * dpooled) }
    #expect(distance(GlobalAveragePooling2D.backward(dpooled, inputShape: x.shape), pooled) < tolerance)
    let margins = Margins(top: 1, bottom: 2, left: 0, right: 3)
    let dpadded = noise.array(2, 6, 7, 2)
    let padded = numericGradient(at: x) { sum(ZeroPadding2D.forward($0, margins) * dpadded) }
    #expect(distance(ZeroPadding2D.backward(dpadded, margins), padded) < tolerance)
  }

  @Test func denseAndBias() {
    var noise = Noise(seed: 5)
    let (x, kernel, bias, dy) = (noise.array(3, 4), noise.array(4, 5), noise.array(5), noise.array(3, 5))
    let dx = numericGradient(at: x) { sum(Dense.forward($0, kernel: kernel) * dy) }
    #expect(distance(Dense.backwardData(dy, kernel: kernel), dx) < tolerance)
    let dkernel = numericGradient(at: kernel) { sum(Dense.forward(x, kernel: $0) * dy) }
    #expect(distance(Dense.backwardKernel(dy, x: x), dkernel) < tolerance)
    let dbias = numericGradient(at: bias) { sum(Bias.forward(dy, bias: $0) * dy) }
    #expect(distance(Bias.backward(dy), dbias) < tolerance)
  }

  @Test(arguments: [true, false])
  func batchNormalization(isTraining: Bool) {
    var noise = Noise(seed: 6)
    let (x, dy, gamma, beta) = (
      noise.array(2, 3, 2, 4), noise.array(2, 3, 2, 4), noise.array(4), noise.array(4)
    )
    let moving = ChannelStatistics(mean: noise.array(4), variance: noise.array(4).map { $0 * $0 + 0.1 })
    func norm(_ x: NDArray, _ gamma: NDArray, _ beta: NDArray) -> BatchNorm {
      let statistics = isTraining ? ChannelStatistics(of: x) : moving
      return BatchNorm(statistics: statistics, epsilon: 1e-3, gamma: gamma, beta: beta)
    }
    let here = norm(x, gamma, beta)
    let dx = numericGradient(at: x) { sum(norm($0, gamma, beta).forward($0) * dy) }
    let mine = isTraining ? here.backwardDataOfTraining(dy, x: x) : here.backwardData(dy)
    #expect(distance(mine, dx) < tolerance)
    let dgamma = numericGradient(at: gamma) { sum(norm(x, $0, beta).forward(x) * dy) }
    #expect(distance(here.backwardGamma(dy, x: x), dgamma) < tolerance)
    let dbeta = numericGradient(at: beta) { sum(norm(x, gamma, $0).forward(x) * dy) }
    #expect(distance(here.backwardBeta(dy), dbeta) < tolerance)
  }

  @Test func functions() {
    var noise = Noise(seed: 7)
    let (x, dy) = (noise.array(3, 5) * 4, noise.array(3, 5))
    for maxValue in [nil, 2.0] {
      let dx = numericGradient(at: x) { sum(ReLU.forward($0, maxValue: maxValue) * dy) }
      #expect(distance(ReLU.backward(dy, x: x, maxValue: maxValue), dx) < tolerance)
    }
    let dx = numericGradient(at: x) { sum(Softmax.forward($0) * dy) }
    #expect(distance(Softmax.backward(dy, y: Softmax.forward(x)), dx) < tolerance)
    let labels = [4, 0, 2]
    let dlogits = numericGradient(at: x) { SoftmaxCrossEntropy.loss($0, labels: labels) }
    #expect(distance(SoftmaxCrossEntropy.backward(x, labels: labels), dlogits) < tolerance)
  }
}

@Suite struct WholeNetworkDifferenceTests {
  /// Every operation once, the less usual settings among them.
  private func network() throws -> ReferenceNetwork {
    let window = Window(size: Size2D(square: 3), strides: Size2D(square: 2), padding: .same)
    let one = Window(size: Size2D(square: 1), strides: Size2D(square: 1), padding: .valid)
    let operations: [Operation] = [
      .input([6, 5, 2]),
      .zeroPadding2D(Margins(top: 1, bottom: 0, left: 0, right: 2)),
      .conv2D(filters: 3, window, useBias: true, .relu),
      .batchNormalization(BatchNormalization(scale: false)),
      .depthwiseConv2D(multiplier: 2, window, useBias: true, .linear),
      .batchNormalization(BatchNormalization(center: false)),
      .relu(maxValue: 6),
      .averagePooling2D(Window(size: Size2D(square: 2), strides: Size2D(square: 1), padding: .same)),
      .dropout(rate: 0.25),
      .conv2D(filters: 4, one, useBias: false, .linear),
      .globalAveragePooling2D(keepDims: true),
      .reshape([2, -1]),
      .flatten,
      .dense(units: 3, useBias: true, .softmax),
    ]
    let layers = operations.enumerated().map { position, operation in
      Layer(name: "layer\(position)", operation: operation, inputs: position == 0 ? [] : [position - 1])
    }
    let graph = try Graph(name: "all", layers: layers)
    var noise = Noise(seed: 8)
    var weights: [WeightID: NDArray] = [:]
    for id in graph.weightIDs {
      guard let shape = graph.spec(of: id)?.shape else { continue }
      let values = noise.array(shape.reduce(1, *)).reshaped(to: shape)
      weights[id] = id.name == .movingVariance ? values.map { $0 * $0 + 0.1 } : values
    }
    return ReferenceNetwork(graph: graph, weights: weights)
  }

  @Test(arguments: [[], ["layer3"], ["layer3", "layer5"]] as [Set<String>])
  func `all gradients of a network, batch norms in either mode`(_ training: Set<String>) throws {
    let network = try network()
    var noise = Noise(seed: 9)
    let x = noise.array(2, 6, 5, 2)
    let labels = [2, 0]
    let kept = noise.array(2, 2, 2, 6).map { $0 < 0.5 ? 1 : 0 }
    let mode = ReferenceNetwork.Mode(trainingNormalizations: training, dropoutMasks: ["layer8": kept])
    let gradients = network.gradients(x, labels: labels, mode)
    #expect(gradients.loss == network.loss(x, labels: labels, mode))
    let dx = numericGradient(at: x) { network.loss($0, labels: labels, mode) }
    #expect(distance(gradients.outputs[0], dx) < 1e-7)
    for id in network.graph.weightIDs where id.name.isTrainable {
      let weight = try #require(network.weights[id])
      let numeric = numericGradient(at: weight) { changed in
        var other = network
        other.weights[id] = changed
        return other.loss(x, labels: labels, mode)
      }
      let mine = try #require(gradients.weights[id], "\(id)")
      // A bias before a batch norm in training mode changes nothing: its gradient is rounding alone.
      let scale = max(1e-3, numeric.elements.map(abs).max() ?? 0)
      #expect((mine - numeric).elements.allSatisfy { abs($0) < 1e-7 * scale }, "\(id)")
    }
    #expect(gradients.weights.keys.allSatisfy { network.weights[$0] != nil })
  }

  @Test func `a step changes what the mask trains, and no channel more`() throws {
    var network = try network()
    var noise = Noise(seed: 10)
    let x = noise.array(2, 6, 5, 2)
    let before = network.weights
    var mask = FreezeMask()
    let kernel = WeightID(layer: "layer2", name: .kernel)
    let gamma = WeightID(layer: "layer5", name: .gamma)
    mask[kernel] = .channels([1..<2])
    mask[gamma] = .trainable
    let mode = ReferenceNetwork.Mode.training(mask, in: network.graph)
    #expect(mode.trainingNormalizations == ["layer5"])
    let gradients = network.step(x, labels: [0, 1], learningRate: 0.5, mask, mode)
    let moved = Set(before.keys.filter { before[$0] != network.weights[$0] })
    let statistics = [WeightName.movingMean, .movingVariance].map { WeightID(layer: "layer5", name: $0) }
    #expect(moved == Set([kernel, gamma] + statistics))
    let change = try #require(network.weights[kernel]) - (try #require(before[kernel]))
    let gradient = try #require(gradients.weights[kernel])
    for (index, value) in change.elements.enumerated() {
      let expected = index % 3 == 1 ? -0.5 * gradient.elements[index] : 0
      #expect(abs(value - expected) < 1e-15)
    }
  }
}
