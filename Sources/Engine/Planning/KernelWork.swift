/// What a kernel has to do at least: its multiply-adds, and the bytes of its operands, each moved once. Those of a product's
/// gradient are the product's, however it is computed.
public struct KernelWork: Sendable, Hashable {
  public private(set) var multiplyAdds = 0
  public private(set) var bytes = 0

  init() {}

  /// - Parameters:
  ///   - kernel: Its name; what a kernel with sums of a few numbers a channel does is not counted.
  ///   - stages: Those that its operation computes.
  init(of kernel: String, in stages: [Stage], images: Int) {
    guard let first = stages.first, let stage = stages.last else {
      self.init()
      return
    }
    let x = images * first.inputShape.floatsPerImage
    let y = images * stage.outputShape.floatsPerImage
    let product = images * stage.multiplyAdds
    switch kernel {
    case "conv2d_forward", "conv2d_backward_filter", "depthwise_conv2d_forward",
      "depthwise_conv2d_backward_data", "depthwise_conv2d_backward_filter", "pointwise_conv2d_forward",
      "pointwise_conv2d_backward_filter":
      self.init(product, floats: x + stage.kernelCount + y)
    case "pointwise_conv2d_pooled_forward", "pointwise_conv2d_pooled_backward_filter":
      self.init(product, floats: x + stage.kernelCount + y, more: images * stage.bytesKeptPerImage)
    // Of what a batch-norm takes on the way, only the bytes.
    case "normalized_depthwise_conv2d_forward", "normalized_pointwise_conv2d_forward",
      "normalized_pointwise_conv2d_backward_filter":
      self.init(product, floats: x + stage.kernelCount + y)
    case "normalized_pointwise_conv2d_backward_data":
      self.init(product, floats: y + stage.kernelCount + 2 * x)
    case "normalized_depthwise_conv2d_backward":
      self.init(2 * product, floats: y + stage.kernelCount + 2 * x)
    case "channel_sums": self.init(0, floats: y)
    // The sum, and that of the squared deviations.
    case "channel_moments": self.init(x, floats: x)
    case "batch_normalization_forward": self.init(y, floats: x + y)
    // Both sums, and what passes the ReLU.
    case "batch_normalization_backward_sums": self.init(2 * y, floats: x + y)
    case "batch_normalization_backward_data": self.init(3 * x, floats: 3 * x)
    case "activation_backward": self.init(y, floats: 3 * y)
    case "average_pooling2d_forward", "average_pooling2d_backward_data", "flatten_forward",
      "flatten_backward_data", "dropout", "repeat_channels_forward", "repeat_channels_backward_data":
      self.init(0, floats: x + y)
    default: self.init()
    }
  }

  /// - Parameter more: Bytes that are no floats.
  private init(_ multiplyAdds: Int, floats: Int, more: Int = 0) {
    self.multiplyAdds = multiplyAdds
    bytes = 4 * floats + more
  }

  static func += (sum: inout KernelWork, work: KernelWork) {
    sum.multiplyAdds += work.multiplyAdds
    sum.bytes += work.bytes
  }
}

extension Stage {
  /// Numbers of the kernel.
  fileprivate var kernelCount: Int {
    switch kind {
    case .conv2D(let geometry): geometry.taps * inputShape.channels * outputShape.channels
    case .depthwiseConv2D(let geometry): geometry.taps * outputShape.channels
    case .pointwise, .pooledPointwise: inputShape.channels * outputShape.channels
    case .repeatChannels, .averagePooling2D, .flatten, .batchNormalization, .dropout, .softmax: 0
    }
  }
}
