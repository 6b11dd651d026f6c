import ModelGraph
import Testing

/// Small networks with the shapes that kernels get wrong: odd sizes, channels that fill no block, single pixels.
enum OddNetwork: String, CaseIterable, Sendable, CustomTestStringConvertible {
  /// As MobileNet ends with its own top: global pooling, a 1×1 convolution with bias, reshape, softmax.
  case convolutionalTop
  /// As the transfer-learning model ends: average pooling over the whole map, flatten, dense, softmax.
  case denseTop
  /// Pooling windows that reach over the edge, and a flatten that moves pixels.
  case manyPixelsFlattened
  /// Whole tiles and blocks everywhere.
  case evenSizes
  /// Depthwise windows that are neither 3×3 nor square in stride.
  case largeWindows
  /// Everything shrinks to one pixel and one channel.
  case singlePixels
  /// Depthwise convolutions with more than one output channel for each of input.
  case multiplied

  var testDescription: String { rawValue }

  func graph() throws -> Graph {
    var chain = Chain()
    switch self {
    case .convolutionalTop:
      chain.input(13, 9, 3)
      chain.convolution("conv1", 5, size: 3, stride: 2, .same)
      chain.depthwise("conv_dw_1", size: 3, stride: 1, .same)
      chain.convolution("conv_pw_1", 17, size: 1, stride: 1, .same)
      chain.add("conv_pad_2", .zeroPadding2D(Margins(top: 0, bottom: 1, left: 0, right: 1)))
      chain.depthwise("conv_dw_2", size: 3, stride: 2, .valid)
      chain.convolution("conv_pw_2", 33, size: 1, stride: 1, .same)
      chain.add("global_average_pooling2d", .globalAveragePooling2D(keepDims: true))
      chain.add("dropout", .dropout(rate: 0))
      chain.add("conv_preds", Chain.conv(4, size: 1, stride: 1, .same, useBias: true))
      chain.add("reshape_2", .reshape([4]))
    case .denseTop:
      chain.input(10, 11, 3)
      chain.add("conv1_pad", .zeroPadding2D(Margins(top: 1, bottom: 1, left: 1, right: 1)))
      chain.convolution("conv1", 18, size: 3, stride: 2, .valid)
      chain.depthwise("conv_dw_1", size: 3, stride: 1, .same)
      chain.convolution("conv_pw_1", 40, size: 1, stride: 1, .same)
      chain.head(pool: Size2D(height: 5, width: 6), classes: 5)
    case .manyPixelsFlattened:
      chain.input(7, 5, 2)
      chain.convolution("conv1", 6, size: 3, stride: 1, .same)
      chain.depthwise("conv_dw_1", size: 3, stride: 1, .same)
      chain.convolution("conv_pw_1", 19, size: 1, stride: 1, .same)
      chain.add(
        "average_pooling2d",
        .averagePooling2D(Window(size: Size2D(square: 3), strides: Size2D(square: 2), padding: .same)))
      chain.add("flatten", .flatten)
      chain.add("dense", .dense(units: 3, useBias: true, .linear))
    case .evenSizes:
      chain.input(24, 24, 3)
      chain.convolution("conv1", 32, size: 3, stride: 2, .same)
      chain.depthwise("conv_dw_1", size: 3, stride: 1, .same)
      chain.convolution("conv_pw_1", 48, size: 1, stride: 1, .same)
      chain.depthwise("conv_dw_2", size: 3, stride: 2, .same)
      chain.convolution("conv_pw_2", 64, size: 1, stride: 1, .same)
      chain.head(pool: Size2D(square: 6), classes: 16)
    case .largeWindows:
      chain.input(17, 20, 3)
      chain.convolution("conv1", 7, size: 5, stride: 3, .same)
      chain.depthwise("conv_dw_1", size: 4, stride: 1, .same)
      chain.depthwise("conv_dw_2", size: 2, stride: 3, .valid)
      chain.convolution("conv_pw_1", 9, size: 1, stride: 1, .same)
      chain.head(pool: Size2D(height: 2, width: 2), classes: 17)
    case .multiplied:
      chain.input(9, 7, 3)
      chain.convolution("conv1", 7, size: 3, stride: 2, .same)
      chain.depthwise("conv_dw_1", size: 3, stride: 1, .same, multiplier: 3)
      chain.convolution("conv_pw_1", 10, size: 1, stride: 1, .same)
      chain.add("conv_pad_2", .zeroPadding2D(Margins(top: 0, bottom: 1, left: 0, right: 1)))
      chain.depthwise("conv_dw_2", size: 3, stride: 2, .valid, multiplier: 2)
      chain.convolution("conv_pw_2", 18, size: 1, stride: 1, .same)
      chain.head(pool: Size2D(square: 2), classes: 3)
    case .singlePixels:
      chain.input(1, 1, 1)
      chain.convolution("conv1", 1, size: 3, stride: 2, .same)
      chain.depthwise("conv_dw_1", size: 3, stride: 1, .same)
      chain.convolution("conv_pw_1", 1, size: 1, stride: 1, .same)
      chain.head(pool: Size2D(square: 1), classes: 2)
    }
    chain.add("softmax", .softmax)
    return try Graph(name: rawValue, layers: chain.layers)
  }

  /// A pack of this network under a mask, with made-up weights.
  func pack(_ mask: FreezeMask = FreezeMask()) throws -> Pack {
    try OddNetwork.pack(graph(), mask)
  }

  static func pack(_ graph: Graph, _ mask: FreezeMask) throws -> Pack {
    try Pack(
      folding: Model(graph: graph, weights: graph.madeUpWeights(seed: 5)), mask: mask, labels: [],
      provenance: Provenance(
        sourceName: "made up", sourceDigest: String(repeating: "0", count: 64), toolVersion: "0"))
  }

  /// Convolutions with biases, of which one is followed by no batch-norm.
  static func biased() throws -> Graph {
    var chain = Chain()
    chain.input(9, 8, 3)
    chain.convolution("conv1", 20, size: 3, stride: 2, .same, useBias: true)
    chain.depthwise("conv_dw_1", size: 3, stride: 1, .same, useBias: true)
    chain.convolution("conv_pw_1", 24, size: 1, stride: 1, .same, useBias: true)
    chain.add("conv_pw_2", Chain.conv(18, size: 1, stride: 1, .same, useBias: true))
    chain.head(pool: Size2D(height: 5, width: 4), classes: 4)
    chain.add("softmax", .softmax)
    return try Graph(name: "biased", layers: chain.layers)
  }

  /// Half of the features drop out before the classifier.
  static func withDropout(_ rate: Double) throws -> Graph {
    var chain = Chain()
    chain.input(9, 8, 3)
    chain.convolution("conv1", 20, size: 3, stride: 2, .same)
    chain.add("dropout", .dropout(rate: rate))
    chain.convolution("conv_pw_1", 24, size: 1, stride: 1, .same)
    chain.head(pool: Size2D(height: 5, width: 4), classes: 4)
    chain.add("softmax", .softmax)
    return try Graph(name: "dropout", layers: chain.layers)
  }

  /// The last convolution of a block and the classifier.
  var tailMask: FreezeMask {
    get throws {
      let graph = try graph()
      let last = graph.layers.last { $0.name.hasPrefix("conv_pw_") }?.name
      return graph.mask { $0.layer == last || ["dense", "conv_preds"].contains($0.layer) }
    }
  }

  /// Every kernel, and every bias that no batch-norm follows.
  var kernelMask: FreezeMask {
    get throws { try graph().mask { [.kernel, .depthwiseKernel, .bias].contains($0.name) } }
  }
}

extension Graph {
  func mask(_ trains: (WeightID) -> Bool) -> FreezeMask {
    weightIDs.filter(trains).reduce(into: FreezeMask()) { $0[$1] = .trainable }
  }
}

/// Layers of which each takes the output of the one before; a convolution brings its batch-norm and ReLU6.
struct Chain {
  private(set) var layers: [Layer] = []

  mutating func add(_ name: String, _ operation: Operation) {
    layers.append(Layer(name: name, operation: operation, inputs: layers.isEmpty ? [] : [layers.count - 1]))
  }

  mutating func input(_ height: Int, _ width: Int, _ channels: Int) {
    add("input_1", .input([height, width, channels]))
  }

  static func conv(_ filters: Int, size: Int, stride: Int, _ padding: Padding, useBias: Bool = false)
    -> Operation
  {
    let window = Window(size: Size2D(square: size), strides: Size2D(square: stride), padding: padding)
    return .conv2D(filters: filters, window, useBias: useBias, .linear)
  }

  mutating func convolution(
    _ name: String, _ filters: Int, size: Int, stride: Int, _ padding: Padding, useBias: Bool = false
  ) {
    add(name, Chain.conv(filters, size: size, stride: stride, padding, useBias: useBias))
    normalize(name)
  }

  mutating func depthwise(
    _ name: String, size: Int, stride: Int, _ padding: Padding, useBias: Bool = false, multiplier: Int = 1
  ) {
    let window = Window(size: Size2D(square: size), strides: Size2D(square: stride), padding: padding)
    add(name, .depthwiseConv2D(multiplier: multiplier, window, useBias: useBias, .linear))
    normalize(name)
  }

  private mutating func normalize(_ name: String) {
    add(name + "_bn", .batchNormalization(BatchNormalization()))
    add(name + "_relu", .relu(maxValue: 6))
  }

  mutating func head(pool: Size2D, classes: Int) {
    add("average_pooling2d", .averagePooling2D(Window(size: pool, strides: pool, padding: .valid)))
    add("flatten", .flatten)
    add("dense", .dense(units: classes, useBias: true, .linear))
  }
}
