import ModelGraph
import Reference
import Testing

/// What this module computes for one of the fixtures' layers.
private struct Computed {
  var y: NDArray
  var dx: NDArray
  var gradients: [String: NDArray] = [:]
  var after: [String: NDArray] = [:]
}

private func window(_ height: Int, _ width: Int, strides: (Int, Int), _ padding: Padding) -> Window {
  Window(
    size: Size2D(height: height, width: width), strides: Size2D(height: strides.0, width: strides.1),
    padding: padding)
}

extension KerasFixtures.LayerCase {
  private func weight(_ name: String) -> NDArray? { weights[name]?.array }

  private func convolution(_ window: Window, isDepthwise: Bool = false, relu: Bool = false) throws -> Computed
  {
    let kernel = try #require(weight("kernel"))
    let linear =
      isDepthwise
      ? DepthwiseConv2D.forward(x.array, kernel: kernel, window)
      : Conv2D.forward(x.array, kernel: kernel, window)
    let sum = weight("bias").map { Bias.forward(linear, bias: $0) } ?? linear
    let dsum = relu ? ReLU.backward(dy.array, x: sum, maxValue: nil) : dy.array
    var gradients: [String: NDArray] = [:]
    if weight("bias") != nil { gradients["bias"] = Bias.backward(dsum) }
    let dx: NDArray
    if isDepthwise {
      gradients["kernel"] = DepthwiseConv2D.backwardKernel(dsum, x: x.array, window)
      dx = DepthwiseConv2D.backwardData(dsum, kernel: kernel, window, inputShape: x.shape)
    } else {
      gradients["kernel"] = Conv2D.backwardKernel(dsum, x: x.array, window)
      dx = Conv2D.backwardData(dsum, kernel: kernel, window, inputShape: x.shape)
    }
    return Computed(y: relu ? ReLU.forward(sum, maxValue: nil) : sum, dx: dx, gradients: gradients)
  }

  private func dense(softmax: Bool) throws -> Computed {
    let kernel = try #require(weight("kernel"))
    let bias = try #require(weight("bias"))
    let linear = Bias.forward(Dense.forward(x.array, kernel: kernel), bias: bias)
    let y = softmax ? Softmax.forward(linear) : linear
    let dlinear = softmax ? Softmax.backward(dy.array, y: y) : dy.array
    return Computed(
      y: y, dx: Dense.backwardData(dlinear, kernel: kernel),
      gradients: ["kernel": Dense.backwardKernel(dlinear, x: x.array), "bias": Bias.backward(dlinear)])
  }

  private func norm(epsilon: Double, momentum: Double? = nil) throws -> Computed {
    let moving = ChannelStatistics(
      mean: try #require(weight("moving_mean")), variance: try #require(weight("moving_variance")))
    let batch = ChannelStatistics(of: x.array)
    let norm = BatchNorm(
      statistics: momentum == nil ? moving : batch, epsilon: epsilon, gamma: weight("gamma"),
      beta: weight("beta"))
    let after = momentum.map { moving.moved(towards: batch, momentum: $0) } ?? moving
    let dx =
      momentum == nil ? norm.backwardData(dy.array) : norm.backwardDataOfTraining(dy.array, x: x.array)
    return Computed(
      y: norm.forward(x.array), dx: dx,
      gradients: ["gamma": norm.backwardGamma(dy.array, x: x.array), "beta": norm.backwardBeta(dy.array)],
      after: ["moving_mean": after.mean, "moving_variance": after.variance])
  }

  private func relu(_ maxValue: Double?) -> Computed {
    Computed(
      y: ReLU.forward(x.array, maxValue: maxValue),
      dx: ReLU.backward(dy.array, x: x.array, maxValue: maxValue))
  }

  private func pool(_ window: Window) -> Computed {
    Computed(
      y: AveragePooling2D.forward(x.array, window),
      dx: AveragePooling2D.backward(dy.array, window, inputShape: x.shape))
  }

  fileprivate func computed() throws -> Computed? {
    let margins = Margins(top: 0, bottom: 1, left: 2, right: 3)
    switch name {
    case "conv_same_stride_2_odd", "conv_same_stride_2_even":
      return try convolution(window(3, 3, strides: (2, 2), .same))
    case "conv_valid_oblong": return try convolution(window(3, 2, strides: (2, 1), .valid))
    case "conv_pointwise_relu": return try convolution(window(1, 1, strides: (1, 1), .valid), relu: true)
    case "depthwise_same": return try convolution(window(3, 3, strides: (1, 1), .same), isDepthwise: true)
    case "depthwise_valid_stride_2":
      return try convolution(window(3, 3, strides: (2, 2), .valid), isDepthwise: true)
    case "depthwise_multiplier_2":
      return try convolution(window(3, 3, strides: (2, 2), .same), isDepthwise: true)
    case "dense": return try dense(softmax: false)
    case "dense_softmax": return try dense(softmax: true)
    case "norm_inference": return try norm(epsilon: 0.01)
    case "norm_training": return try norm(epsilon: 0.01, momentum: 0.9)
    case "norm_plain": return try norm(epsilon: 0.001)
    case "relu": return relu(nil)
    case "relu_6": return relu(6)
    case "pool_valid": return pool(window(2, 2, strides: (2, 2), .valid))
    case "pool_same_overlapping": return pool(window(3, 3, strides: (2, 2), .same))
    case "pool_global":
      return Computed(
        y: GlobalAveragePooling2D.forward(x.array, keepDims: false),
        dx: GlobalAveragePooling2D.backward(dy.array, inputShape: x.shape))
    case "padding":
      return Computed(
        y: ZeroPadding2D.forward(x.array, margins), dx: ZeroPadding2D.backward(dy.array, margins))
    case "softmax":
      let y = Softmax.forward(x.array)
      return Computed(y: y, dx: Softmax.backward(dy.array, y: y))
    default: return nil
    }
  }
}

@Suite struct KerasLayerTests {
  @Test(arguments: KerasFixtures.all.layers)
  func `a layer computes what Keras computes in float64`(_ expected: KerasFixtures.LayerCase) throws {
    let computed = try #require(try expected.computed(), "no computation for \(expected.name)")
    #expect(distance(computed.y, expected.y.array) < roundingTolerance)
    #expect(distance(computed.dx, expected.dx.array) < roundingTolerance)
    for (name, gradient) in expected.gradients {
      let found = try #require(computed.gradients[name])
      #expect(distance(found, gradient.array) < roundingTolerance, "gradient of \(name)")
    }
    for (name, found) in computed.after {
      let after = try #require(expected.after[name])
      #expect(distance(found, after.array) < roundingTolerance, "\(name) afterwards")
    }
  }

  @Test func `every kind of layer has a case`() { #expect(KerasFixtures.all.layers.count == 19) }
}
