import Engine
import ModelGraph
import Reference

/// The product of a convolution or dense layer: linear in its input and in its kernel.
struct LinearMap {
  private enum Form {
    case conv2D
    case depthwise
    case pointwise
  }

  private let form: Form
  /// With margins of its own; none for `pointwise`.
  private let window: Window
  private let margins: Margins
  let kernelName: WeightName
  /// Terms of the sum that an output is, and an element of the gradient of the input.
  let terms: Int
  let termsOfInput: Int
  /// Terms of an element of the gradient of the kernel, for each image.
  let termsOfKernel: Int

  /// - Returns: nil where the stage is no such product.
  init?(_ stage: Stage) {
    switch stage.kind {
    case .conv2D(let geometry):
      self.init(.conv2D, geometry, .kernel, terms: geometry.taps * stage.inputShape.channels, stage)
    case .depthwiseConv2D(let geometry):
      self.init(.depthwise, geometry, .depthwiseKernel, terms: geometry.taps, stage)
    case .pointwise, .pooledPointwise:
      self.init(.pointwise, nil, .kernel, terms: stage.inputShape.channels, stage)
    default: return nil
    }
  }

  private init(
    _ form: Form, _ geometry: WindowGeometry?, _ kernelName: WeightName, terms: Int, _ stage: Stage
  ) {
    self.form = form
    self.kernelName = kernelName
    self.terms = terms
    margins = geometry?.margins ?? .none
    window = Window(
      size: geometry?.window.size ?? Size2D(square: 1),
      strides: geometry?.window.strides ?? Size2D(square: 1),
      padding: .valid)
    switch form {
    case .conv2D: termsOfInput = (geometry?.taps ?? 1) * stage.outputShape.channels
    case .depthwise: termsOfInput = terms
    case .pointwise: termsOfInput = stage.outputShape.channels
    }
    termsOfKernel = form == .pointwise ? stage.inputShape.pixels : stage.outputShape.pixels
  }

  /// The kernel as the product takes it, of whatever layer it is.
  func kernel(_ weight: NDArray) -> NDArray {
    let shape = weight.shape
    switch form {
    case .conv2D: return weight
    // One channel of output for each of input, which were repeated before.
    case .depthwise: return weight.reshaped(to: [shape[0], shape[1], shape[2] * shape[3], 1])
    case .pointwise: return weight.reshaped(to: Array(shape.suffix(2)))
    }
  }

  func forward(_ x: NDArray, _ w: NDArray) -> NDArray {
    switch form {
    case .conv2D: Conv2D.forward(ZeroPadding2D.forward(x, margins), kernel: w, window)
    case .depthwise: DepthwiseConv2D.forward(ZeroPadding2D.forward(x, margins), kernel: w, window)
    case .pointwise: Dense.forward(x, kernel: w)
    }
  }

  func backwardInput(_ dz: NDArray, _ w: NDArray, _ shape: Shape) -> NDArray {
    let padded = [
      shape[0], shape[1] + margins.top + margins.bottom, shape[2] + margins.left + margins.right, shape[3],
    ]
    return switch form {
    case .conv2D:
      ZeroPadding2D.backward(Conv2D.backwardData(dz, kernel: w, window, inputShape: padded), margins)
    case .depthwise:
      ZeroPadding2D.backward(DepthwiseConv2D.backwardData(dz, kernel: w, window, inputShape: padded), margins)
    case .pointwise: Dense.backwardData(dz, kernel: w)
    }
  }

  func backwardKernel(_ dz: NDArray, _ x: NDArray) -> NDArray {
    switch form {
    case .conv2D: Conv2D.backwardKernel(dz, x: ZeroPadding2D.forward(x, margins), window)
    case .depthwise: DepthwiseConv2D.backwardKernel(dz, x: ZeroPadding2D.forward(x, margins), window)
    case .pointwise: Dense.backwardKernel(dz, x: x)
    }
  }
}
