public import ModelGraph

/// A network computed plainly in double precision.
public struct ReferenceNetwork: Sendable {
  /// Which layers behave as in training; the others behave as in inference.
  public struct Mode: Sendable {
    /// Names of the batch-norm layers that normalize with the batch's own statistics.
    public var trainingNormalizations: Set<String>
    /// What dropout layers keep, by name: ones and zeros in the shape of their input. A layer without an entry
    /// lets all through.
    public var dropoutMasks: [String: NDArray]

    public init(trainingNormalizations: Set<String> = [], dropoutMasks: [String: NDArray] = [:]) {
      self.trainingNormalizations = trainingNormalizations
      self.dropoutMasks = dropoutMasks
    }

    public static let inference = Mode()

    /// Keras's rule: a batch-norm layer of which something is trained is in training mode.
    public static func training(_ mask: FreezeMask, in graph: Graph) -> Mode {
      let names = graph.layers.filter { layer in
        if case .batchNormalization = layer.operation { mask.trains(layer: layer.name) } else { false }
      }.map(\.name)
      return Mode(trainingNormalizations: Set(names))
    }
  }

  /// What a forward computation leaves behind.
  public struct Activations: Sendable {
    /// The output of each layer, by position; [N] and the graph's shape.
    public internal(set) var outputs: [NDArray] = []
    /// Before the layer's own activation function, by position; the output where there is none.
    public internal(set) var preactivations: [NDArray] = []
    /// Of the batch, by the names of the layers in training mode.
    public internal(set) var batchStatistics: [String: ChannelStatistics] = [:]

    /// The output of the last layer.
    public var output: NDArray { outputs[outputs.count - 1] }
  }

  public let graph: Graph
  public var weights: [WeightID: NDArray]

  public init(_ model: Model) {
    self.init(graph: model.graph, weights: model.weights.mapValues { NDArray($0) })
  }

  /// - Precondition: `weights` has every weight of `graph` in its shape.
  public init(graph: Graph, weights: [WeightID: NDArray]) {
    for id in graph.weightIDs { precondition(weights[id]?.shape == graph.spec(of: id)?.shape, "\(id)") }
    self.graph = graph
    self.weights = weights
  }

  /// The outputs of all layers for a batch `x`, [N] and the shape of the network's only input.
  public func forward(_ x: NDArray, _ mode: Mode = .inference) -> Activations {
    var activations = Activations()
    for position in graph.layers.indices {
      let layer = graph.layers[position]
      let input = layer.inputs.first.map { activations.outputs[$0] } ?? x
      if mode.trainingNormalizations.contains(layer.name) {
        activations.batchStatistics[layer.name] = ChannelStatistics(of: input)
      }
      let linear = preactivation(of: layer, input, activations.batchStatistics[layer.name], mode)
      activations.preactivations.append(linear)
      activations.outputs.append(layer.operation.activation.forward(linear))
    }
    return activations
  }

  private func preactivation(
    of layer: Layer, _ x: NDArray, _ batch: ChannelStatistics?, _ mode: Mode
  ) -> NDArray {
    switch layer.operation {
    case .input: return x
    case .rescaling(let scale, let offset): return x.map { $0 * scale + offset }
    case .zeroPadding2D(let margins): return ZeroPadding2D.forward(x, margins)
    case .conv2D(_, let window, _, _):
      return biased(Conv2D.forward(x, kernel: self[layer, .kernel], window), layer)
    case .depthwiseConv2D(_, let window, _, _):
      return biased(DepthwiseConv2D.forward(x, kernel: self[layer, .depthwiseKernel], window), layer)
    case .batchNormalization(let settings): return norm(layer, settings, batch).forward(x)
    case .relu(let maxValue): return ReLU.forward(x, maxValue: maxValue.map(Double.init))
    case .averagePooling2D(let window): return AveragePooling2D.forward(x, window)
    case .globalAveragePooling2D(let keepDims): return GlobalAveragePooling2D.forward(x, keepDims: keepDims)
    case .dropout(let rate):
      return mode.dropoutMasks[layer.name].map { Dropout.forward(x, mask: $0, rate: rate) } ?? x
    case .flatten: return x.reshaped(to: [x.batch, x.elements.count / x.batch])
    case .reshape(let target): return x.reshaped(to: resolved(target, x))
    case .dense: return biased(Dense.forward(x, kernel: self[layer, .kernel]), layer)
    case .softmax: return x
    }
  }

  private func biased(_ x: NDArray, _ layer: Layer) -> NDArray {
    optional(layer, .bias).map { Bias.forward(x, bias: $0) } ?? x
  }

  /// [N] and `target`, where −1 stands for what is left.
  private func resolved(_ target: Shape, _ x: NDArray) -> Shape {
    let known = target.filter { $0 != -1 }.reduce(1, *)
    return [x.batch] + target.map { $0 == -1 ? x.elements.count / x.batch / known : $0 }
  }

  /// The batch-norm of `layer` over the batch's statistics, or the moving ones where there are none.
  func norm(_ layer: Layer, _ settings: BatchNormalization, _ batch: ChannelStatistics?) -> BatchNorm {
    BatchNorm(
      statistics: batch ?? movingStatistics(layer), epsilon: settings.epsilon, gamma: optional(layer, .gamma),
      beta: optional(layer, .beta))
  }

  func movingStatistics(_ layer: Layer) -> ChannelStatistics {
    ChannelStatistics(mean: self[layer, .movingMean], variance: self[layer, .movingVariance])
  }

  func optional(_ layer: Layer, _ name: WeightName) -> NDArray? {
    weights[WeightID(layer: layer.name, name: name)]
  }

  /// A weight that the layer's operation always has.
  subscript(layer: Layer, name: WeightName) -> NDArray {
    guard let weight = optional(layer, name) else { preconditionFailure("\(layer.name) has no \(name)") }
    return weight
  }
}

extension Operation {
  /// The function that follows the operation itself; softmax counts as one that follows nothing.
  var activation: Activation {
    switch self {
    case .conv2D(_, _, _, let activation), .depthwiseConv2D(_, _, _, let activation): activation
    case .dense(_, _, let activation): activation
    case .softmax: .softmax
    default: .linear
    }
  }
}

extension Activation {
  func forward(_ x: NDArray) -> NDArray {
    switch self {
    case .linear: x
    case .relu: ReLU.forward(x, maxValue: nil)
    case .softmax: Softmax.forward(x)
    }
  }

  /// The gradient before the function, from that after it.
  func backward(_ dy: NDArray, x: NDArray, y: NDArray) -> NDArray {
    switch self {
    case .linear: dy
    case .relu: ReLU.backward(dy, x: x, maxValue: nil)
    case .softmax: Softmax.backward(dy, y: y)
    }
  }
}
