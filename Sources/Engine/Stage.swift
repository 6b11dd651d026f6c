import ModelGraph

/// A layer that computes, together with the layers that its kernel does on the way: the zero padding before
/// it, the batch-norm in inference mode and the ReLU after it.
struct Stage {
  enum Kind {
    /// Over the network's plain input image.
    case conv2D(WindowGeometry)
    case depthwiseConv2D(WindowGeometry)
    /// A 1×1 convolution or a dense layer.
    case pointwise
    case averagePooling2D(WindowGeometry)
    case flatten
    case softmax
  }

  let kind: Kind
  /// Position in the graph of the layer that gives the stage its name and weights.
  let layer: Int
  /// Position in the graph of the batch-norm that follows, if any.
  var normalization: Int?
  /// Where the output is cut off; infinite where it is not.
  var low: Float = -.infinity
  var high: Float = .infinity
  /// The stage whose output this one takes; nil for the network's input.
  let input: Int?
  let inputShape: ActivationShape
  let outputShape: ActivationShape
}
