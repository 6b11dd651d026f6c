/// The recipe of MobileNet V1 in the layout of today's `keras.applications.MobileNet`, with Keras's layer names.
///
/// conv1 halves the image; then come thirteen blocks, each a depthwise 3×3 and a pointwise 1×1 convolution; every
/// convolution is without bias and followed by a batch-norm and a ReLU6. Where a block halves the image, a padding
/// layer of one row below and one column on the right stands before its depthwise convolution.
///
/// Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications", 2017.
public struct MobileNetV1: Sendable, Hashable {
  /// Output channels of conv1 and of the thirteen pointwise convolutions, at alpha 1.
  public static let fullWidths = [32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024]
  /// Pairs of a depthwise and a pointwise convolution.
  public static let blockCount = 13
  /// Strides of the thirteen depthwise convolutions.
  static let strides = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1]

  /// Output channels of conv1 and of the thirteen pointwise convolutions.
  public var widths: [Int]
  /// Output channels of a depthwise convolution per input channel.
  public var depthMultiplier: Int
  /// [H, W, C] of the images.
  public var inputShape: Shape
  /// Classes of Keras's own classifier (`include_top`); nil for the feature extractor.
  public var topClasses: Int?

  /// A network of any widths, as a file of weights alone may hold it.
  public init(widths: [Int], depthMultiplier: Int = 1, inputShape: Shape, topClasses: Int? = nil) {
    self.widths = widths
    self.depthMultiplier = depthMultiplier
    self.inputShape = inputShape
    self.topClasses = topClasses
  }

  /// The network of `keras.applications.MobileNet(alpha: …)` on square RGB images: ⌊alpha · f⌋ channels where
  /// alpha 1 has f.
  ///
  /// - Throws: `GraphError.badConfiguration` where alpha is not a positive number of at most 64.
  public init(alpha: Double, inputSize: Int, topClasses: Int? = nil) throws(GraphError) {
    guard alpha > 0, alpha <= 64 else {
      throw .badConfiguration(layer: "conv1", why: "no network has alpha \(alpha)")
    }
    let widths = MobileNetV1.fullWidths.map { Int(Double($0) * alpha) }
    self.init(widths: widths, inputShape: [inputSize, inputSize, 3], topClasses: topClasses)
  }

  /// The graph of `keras.applications.MobileNet` with these arguments.
  public static func graph(
    alpha: Double = 1, inputSize: Int = 224, includeTop: Bool = true, classes: Int = 1000
  ) throws(GraphError) -> Graph {
    try MobileNetV1(alpha: alpha, inputSize: inputSize, topClasses: includeTop ? classes : nil).graph()
  }

  /// Keras's name for the model: `mobilenet_1.00_224`, with alpha to two digits and the image's height.
  public var name: String {
    let alpha = Double(widths.last ?? 0) / 1024
    // Both fit: beyond what a graph holds, `graph()` fails anyway.
    let hundredths = Int(min(max((alpha * 100).rounded(), 0), 1e9))
    let fraction = String(hundredths % 100)
    let digits = fraction.count == 1 ? "0" + fraction : fraction
    return "mobilenet_\(hundredths / 100).\(digits)_\(inputShape.first ?? 0)"
  }

  /// The graph: 86 layers, or 91 with the classifier.
  ///
  /// - Throws: `GraphError` where a width, the multiplier or the input makes no network.
  public func graph() throws(GraphError) -> Graph {
    guard widths.count == MobileNetV1.fullWidths.count else {
      throw .badConfiguration(layer: "conv1", why: "a MobileNet V1 has 14 widths, not \(widths.count)")
    }
    var chain = LayerChain()
    chain.append("input_1", .input(inputShape))
    chain.append("conv1", MobileNetV1.convolution(widths[0], size: 3, stride: 2))
    chain.appendNormalization(after: "conv1")
    for (index, stride) in MobileNetV1.strides.enumerated() {
      appendBlock(index + 1, width: widths[index + 1], stride: stride, to: &chain)
    }
    if let topClasses { appendTop(topClasses, to: &chain) }
    return try Graph(name: name, layers: chain.layers)
  }

  private func appendBlock(_ number: Int, width: Int, stride: Int, to chain: inout LayerChain) {
    if stride == 2 {
      chain.append("conv_pad_\(number)", .zeroPadding2D(Margins(top: 0, bottom: 1, left: 0, right: 1)))
    }
    let window = Window(
      size: Size2D(square: 3), strides: Size2D(square: stride), padding: stride == 1 ? .same : .valid)
    let depthwise = Operation.depthwiseConv2D(multiplier: depthMultiplier, window, useBias: false, .linear)
    chain.append("conv_dw_\(number)", depthwise)
    chain.appendNormalization(after: "conv_dw_\(number)")
    chain.append("conv_pw_\(number)", MobileNetV1.convolution(width, size: 1, stride: 1))
    chain.appendNormalization(after: "conv_pw_\(number)")
  }

  private func appendTop(_ classes: Int, to chain: inout LayerChain) {
    chain.append("global_average_pooling2d", .globalAveragePooling2D(keepDims: true))
    chain.append("dropout", .dropout(rate: 1e-3))
    chain.append("conv_preds", MobileNetV1.convolution(classes, size: 1, stride: 1, useBias: true))
    chain.append("reshape_2", .reshape([classes]))
    chain.append("predictions", .softmax)
  }

  private static func convolution(_ filters: Int, size: Int, stride: Int, useBias: Bool = false) -> Operation
  {
    let window = Window(size: Size2D(square: size), strides: Size2D(square: stride), padding: .same)
    return .conv2D(filters: filters, window, useBias: useBias, .linear)
  }
}

/// Layers of which each takes the output of the one before.
private struct LayerChain {
  private(set) var layers: [Layer] = []

  mutating func append(_ name: String, _ operation: Operation) {
    layers.append(Layer(name: name, operation: operation, inputs: layers.isEmpty ? [] : [layers.count - 1]))
  }

  /// The batch-norm and the ReLU6 that follow every convolution but the classifier's.
  mutating func appendNormalization(after name: String) {
    append(name + "_bn", .batchNormalization(BatchNormalization()))
    append(name + "_relu", .relu(maxValue: 6))
  }
}
