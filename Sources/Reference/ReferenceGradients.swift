public import ModelGraph

extension ReferenceNetwork {
  /// The loss of a batch, and how it changes with every weight that an optimizer may change.
  public struct Gradients: Sendable {
    public let loss: Double
    public let activations: Activations
    public internal(set) var weights: [WeightID: NDArray] = [:]
    /// Of the output of each layer, by position; zeros where the loss does not depend on it.
    ///
    /// Of the last layer: of what its softmax is taken of.
    public internal(set) var outputs: [NDArray]
  }

  /// The softmax cross-entropy of a batch, mean over its images.
  ///
  /// The network's last layer is a softmax, or gives the logits that one would be taken of.
  ///
  /// - Parameter labels: The true class of each image.
  public func loss(_ x: NDArray, labels: [Int], _ mode: Mode = .inference) -> Double {
    SoftmaxCrossEntropy.loss(logits(forward(x, mode)), labels: labels)
  }

  /// The same loss, and its gradients: back-propagation through every layer.
  public func gradients(_ x: NDArray, labels: [Int], _ mode: Mode = .inference) -> Gradients {
    let activations = forward(x, mode)
    let logits = logits(activations)
    var gradients = Gradients(
      loss: SoftmaxCrossEntropy.loss(logits, labels: labels), activations: activations,
      outputs: activations.outputs.map { NDArray(zeros: $0.shape) })
    let last = graph.layers.count - 1
    gradients.outputs[last] = SoftmaxCrossEntropy.backward(logits, labels: labels).reshaped(
      to: activations.output.shape)
    for position in graph.layers.indices.reversed() {
      let layer = graph.layers[position]
      guard let input = layer.inputs.first else { continue }
      // The cross-entropy's gradient has passed the last softmax already.
      let function =
        position == last && layer.operation.activation == .softmax ? .linear : layer.operation.activation
      let dy = function.backward(
        gradients.outputs[position], x: activations.preactivations[position], y: activations.outputs[position]
      )
      gradients.add(weightGradients(of: layer, dy, x: activations.outputs[input], activations), of: layer)
      let dx = inputGradient(of: layer, dy, x: activations.outputs[input], activations, mode)
      gradients.outputs[input] = gradients.outputs[input] + dx
    }
    return gradients
  }

  /// What the softmax of the last layer is taken of; [N, classes].
  private func logits(_ activations: Activations) -> NDArray {
    let last = activations.preactivations[activations.preactivations.count - 1]
    return last.reshaped(to: [last.batch, last.elements.count / last.batch])
  }

  private func inputGradient(
    of layer: Layer, _ dy: NDArray, x: NDArray, _ activations: Activations, _ mode: Mode
  ) -> NDArray {
    switch layer.operation {
    case .input, .softmax: return dy
    case .rescaling(let scale, _): return dy * scale
    case .zeroPadding2D(let margins): return ZeroPadding2D.backward(dy, margins)
    case .conv2D(_, let window, _, _):
      return Conv2D.backwardData(dy, kernel: self[layer, .kernel], window, inputShape: x.shape)
    case .depthwiseConv2D(_, let window, _, _):
      return DepthwiseConv2D.backwardData(
        dy, kernel: self[layer, .depthwiseKernel], window, inputShape: x.shape)
    case .batchNormalization(let settings):
      let batch = activations.batchStatistics[layer.name]
      let norm = norm(layer, settings, batch)
      return batch == nil ? norm.backwardData(dy) : norm.backwardDataOfTraining(dy, x: x)
    case .relu(let maxValue): return ReLU.backward(dy, x: x, maxValue: maxValue.map(Double.init))
    case .averagePooling2D(let window): return AveragePooling2D.backward(dy, window, inputShape: x.shape)
    case .globalAveragePooling2D: return GlobalAveragePooling2D.backward(dy, inputShape: x.shape)
    case .dropout(let rate):
      return mode.dropoutMasks[layer.name].map { Dropout.backward(dy, mask: $0, rate: rate) } ?? dy
    case .flatten, .reshape: return dy.reshaped(to: x.shape)
    case .dense: return Dense.backwardData(dy, kernel: self[layer, .kernel])
    }
  }

  private func weightGradients(
    of layer: Layer, _ dy: NDArray, x: NDArray, _ activations: Activations
  ) -> [WeightName: NDArray] {
    switch layer.operation {
    case .conv2D(_, let window, _, _):
      return [.kernel: Conv2D.backwardKernel(dy, x: x, window), .bias: Bias.backward(dy)]
    case .depthwiseConv2D(_, let window, _, _):
      return [.depthwiseKernel: DepthwiseConv2D.backwardKernel(dy, x: x, window), .bias: Bias.backward(dy)]
    case .dense:
      return [.kernel: Dense.backwardKernel(dy, x: x), .bias: Bias.backward(dy)]
    case .batchNormalization(let settings):
      let norm = norm(layer, settings, activations.batchStatistics[layer.name])
      return [.gamma: norm.backwardGamma(dy, x: x), .beta: norm.backwardBeta(dy)]
    default:
      return [:]
    }
  }
}

extension ReferenceNetwork {
  /// One step of stochastic gradient descent, w ← w − learningRate · dw for what `mask` trains, by channel;
  /// and the moving statistics of the batch-norms that are in training mode move on.
  ///
  /// - Returns: The gradients before the step.
  @discardableResult
  public mutating func step(
    _ x: NDArray, labels: [Int], learningRate: Double, _ mask: FreezeMask, _ mode: Mode = .inference
  ) -> Gradients {
    let gradients = gradients(x, labels: labels, mode)
    for (id, gradient) in gradients.weights {
      guard let spec = graph.spec(of: id) else { continue }
      let trained = mask[id].flags(of: spec.channelCount)
      for index in gradient.elements.indices where trained[index % spec.channelCount] {
        weights[id]?.elements[index] -= learningRate * gradient.elements[index]
      }
    }
    for layer in graph.layers {
      guard case .batchNormalization(let settings) = layer.operation,
        let batch = gradients.activations.batchStatistics[layer.name]
      else { continue }
      let moved = movingStatistics(layer).moved(towards: batch, momentum: settings.momentum)
      weights[WeightID(layer: layer.name, name: .movingMean)] = moved.mean
      weights[WeightID(layer: layer.name, name: .movingVariance)] = moved.variance
    }
    return gradients
  }
}

extension ReferenceNetwork.Gradients {
  /// Keeps those of the weights that the layer has.
  fileprivate mutating func add(_ found: [WeightName: NDArray], of layer: Layer) {
    for (name, gradient) in found where layer.operation.has(name) {
      weights[WeightID(layer: layer.name, name: name)] = gradient
    }
  }
}

extension Operation {
  fileprivate func has(_ name: WeightName) -> Bool {
    switch (self, name) {
    case (.conv2D(_, _, let useBias, _), .bias), (.depthwiseConv2D(_, _, let useBias, _), .bias): useBias
    case (.dense(_, let useBias, _), .bias): useBias
    case (.batchNormalization(let settings), .gamma): settings.scale
    case (.batchNormalization(let settings), .beta): settings.center
    default: true
    }
  }
}
