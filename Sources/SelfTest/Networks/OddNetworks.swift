import ModelGraph

/// Networks whose shapes fill no tile and no block: odd sizes, single pixels, windows of every kind.
enum OddNetworks {
  static func all() throws(GraphError) -> [Graph] {
    [
      try convolutionalTop(), try flattened(), try largeWindows(), try multiplied(), try singlePixels(),
      try biased(), try wide(), try broad(),
    ]
  }

  /// As MobileNet ends with its own top, with a dropout that drops.
  private static func convolutionalTop() throws(GraphError) -> Graph {
    var chain = LayerChain(13, 9, 3)
    chain.convolution("conv1", 5, size: 3, stride: 2)
    chain.depthwise("conv_dw_1")
    chain.convolution("conv_pw_1", 17)
    chain.add("conv_pad_2", .zeroPadding2D(Margins(top: 0, bottom: 1, left: 0, right: 1)))
    chain.depthwise("conv_dw_2", stride: 2, .valid)
    chain.convolution("conv_pw_2", 33)
    chain.add("global_average_pooling2d", .globalAveragePooling2D(keepDims: true))
    chain.add("dropout", .dropout(rate: 0.25))
    let window = Window(size: Size2D(square: 1), strides: Size2D(square: 1), padding: .same)
    chain.add("conv_preds", .conv2D(filters: 4, window, useBias: true, .linear))
    chain.add("reshape_2", .reshape([4]))
    chain.add("softmax", .softmax)
    return try chain.graph("convolutional top")
  }

  /// Pooling windows that reach over the edge, a dropout over many pixels, and a flatten that moves them.
  private static func flattened() throws(GraphError) -> Graph {
    var chain = LayerChain(7, 5, 2)
    chain.convolution("conv1", 6, size: 3)
    chain.depthwise("conv_dw_1")
    chain.convolution("conv_pw_1", 19)
    chain.add("dropout", .dropout(rate: 0.5))
    chain.head(
      pool: Window(size: Size2D(square: 3), strides: Size2D(square: 2), padding: .same), classes: 3)
    return try chain.graph("flattened")
  }

  private static func largeWindows() throws(GraphError) -> Graph {
    var chain = LayerChain(17, 20, 3)
    chain.convolution("conv1", 7, size: 5, stride: 3)
    chain.depthwise("conv_dw_1", size: 4)
    chain.depthwise("conv_dw_2", size: 2, stride: 3, .valid)
    chain.convolution("conv_pw_1", 9)
    chain.head(classes: 17)
    return try chain.graph("large windows")
  }

  private static func multiplied() throws(GraphError) -> Graph {
    var chain = LayerChain(9, 7, 3)
    chain.convolution("conv1", 7, size: 3, stride: 2)
    chain.depthwise("conv_dw_1", multiplier: 3)
    chain.convolution("conv_pw_1", 10)
    chain.head(classes: 3)
    return try chain.graph("multiplied")
  }

  private static func singlePixels() throws(GraphError) -> Graph {
    var chain = LayerChain(1, 1, 1)
    chain.convolution("conv1", 1, size: 3, stride: 2)
    chain.depthwise("conv_dw_1")
    chain.convolution("conv_pw_1", 1)
    chain.head(classes: 2)
    return try chain.graph("single pixels")
  }

  private static func biased() throws(GraphError) -> Graph {
    var chain = LayerChain(11, 8, 3)
    chain.convolution("conv1", 20, size: 3, stride: 2, useBias: true)
    chain.depthwise("conv_dw_1", useBias: true)
    chain.convolution("conv_pw_1", 24, useBias: true)
    chain.depthwise("conv_dw_2", stride: 3, useBias: true)
    chain.convolution("conv_pw_2", 37, useBias: true)
    chain.head(classes: 5)
    return try chain.graph("biased")
  }

  /// Rows that hold several tiles and a rest.
  private static func broad() throws(GraphError) -> Graph {
    var chain = LayerChain(6, 67, 3)
    chain.convolution("conv1", 18, size: 3)
    chain.depthwise("conv_dw_1")
    chain.convolution("conv_pw_1", 20)
    chain.depthwise("conv_dw_2", stride: 2)
    chain.convolution("conv_pw_2", 21)
    chain.head(classes: 3)
    return try chain.graph("broad")
  }

  /// From 256 channels on, rows lie otherwise in memory.
  private static func wide() throws(GraphError) -> Graph {
    var chain = LayerChain(10, 7, 3)
    chain.convolution("conv1", 40, size: 3, stride: 2)
    chain.depthwise("conv_dw_1")
    chain.convolution("conv_pw_1", 273)
    chain.depthwise("conv_dw_2")
    chain.convolution("conv_pw_2", 290)
    chain.head(classes: 20)
    return try chain.graph("wide")
  }
}

extension Pack {
  /// A graph with made-up weights, under a mask.
  ///
  /// - Parameter kernelsAreHalves: Whether frozen kernels are kept as `float16`.
  init(madeUp graph: Graph, _ mask: FreezeMask, kernelsAreHalves: Bool = false) throws {
    let pack = try Pack(
      folding: Model(graph: graph, weights: graph.madeUpWeights(seed: 5)), mask: mask, labels: [],
      provenance: Provenance(
        sourceName: "made up", sourceDigest: String(repeating: "0", count: 64), toolVersion: "0"))
    self = kernelsAreHalves ? try pack.reduced(to: .float16) : pack
  }
}
