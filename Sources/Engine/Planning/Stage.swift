package import ModelGraph

/// A layer that computes, together with the layers that its kernel does on the way: the zero padding before
/// it, the batch-norm in inference mode and the ReLU after it.
package struct Stage {
  package enum Kind {
    /// Over the network's plain input image.
    case conv2D(WindowGeometry)
    /// With a channel of output for each of input.
    case depthwiseConv2D(WindowGeometry)
    /// Each channel so many times, as a depthwise convolution with a multiplier reads them.
    case repeatChannels(Int)
    /// A 1×1 convolution or a dense layer.
    case pointwise
    /// A 1×1 convolution of which only the mean over all pixels is handed on.
    case pooledPointwise
    case averagePooling2D(WindowGeometry)
    case flatten
    /// In training mode; one in inference mode is a part of the stage before it.
    case batchNormalization(BatchNormalization)
    case dropout(rate: Double)
    case softmax
  }

  package let kind: Kind
  /// Position in the graph of the layer that gives the stage its name and weights.
  package let layer: Int
  /// Position in the graph of the batch-norm in inference mode that follows, if any.
  package var normalization: Int?
  /// Where the output is cut off; infinite where it is not.
  package var low: Float = -.infinity
  package var high: Float = .infinity
  /// The stage whose output this one takes; nil for the network's input.
  var input: Int?
  package let inputShape: ActivationShape
  package let outputShape: ActivationShape

  /// Multiply-adds of one image's forward pass. A product's gradients cost as many each.
  var multiplyAdds: Int {
    switch kind {
    case .conv2D(let geometry):
      geometry.taps * inputShape.channels * outputShape.channels * outputShape.pixels
    case .depthwiseConv2D(let geometry): geometry.taps * outputShape.channels * outputShape.pixels
    case .pointwise, .pooledPointwise: inputShape.channels * outputShape.channels * inputShape.pixels
    case .repeatChannels, .averagePooling2D, .flatten, .batchNormalization, .dropout, .softmax: 0
    }
  }

  /// Bytes that the stage keeps of one image from its forward pass for its backward pass, beside input and output.
  var bytesKeptPerImage: Int {
    guard case .pooledPointwise = kind else { return 0 }
    return 4 * outputShape.floatsPerImage * PassingBits(pixels: inputShape.pixels).words
  }

  /// Whether the gradient of the input takes the place of the output's: each of its numbers follows from the one that was
  /// there.
  var replacesGradient: Bool { isNormalization }

  /// Whether it is a batch-norm in training mode.
  var isNormalization: Bool { if case .batchNormalization = kind { true } else { false } }

  /// Whether there are kernels for processors that compute a batch-norm in training mode before it on the way.
  var takesNormalization: Bool {
    switch kind {
    case .depthwiseConv2D(let geometry): geometry.takesNormalization
    case .pointwise: true
    default: false
    }
  }

  /// This 1×1 convolution and the mean over all its pixels as one stage; nil where `next` is no such mean.
  func joined(with next: Stage) -> Stage? {
    guard case .pointwise = kind, case .averagePooling2D(let geometry) = next.kind, next.outputShape.isVector,
      geometry.window.size == Size2D(height: outputShape.height, width: outputShape.width),
      geometry.margins == .none
    else { return nil }
    return Stage(
      kind: .pooledPointwise, layer: layer, normalization: normalization, low: low, high: high, input: input,
      inputShape: inputShape, outputShape: next.outputShape)
  }
}
