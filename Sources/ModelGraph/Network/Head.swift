extension Graph {
  /// Position of the convolution of the feature extractor's last block: the last one that a batch-norm follows, or
  /// in a network without batch-norms a ReLU. nil where there is none.
  var lastFeatureConvolution: Int? {
    let convolutions = layers.indices.filter { position in
      switch layers[position].operation {
      case .conv2D, .depthwiseConv2D: true
      default: false
      }
    }
    return convolutions.last { normalization(following: $0) != nil }
      ?? convolutions.last { activation(following: $0) != nil }
  }

  /// Position of the last layer of the feature extractor: the end of the last block of a convolution, its
  /// batch-norm and its activation, as far as there are. nil where there is no such block.
  private var lastFeatureLayer: Int? {
    guard let convolution = lastFeatureConvolution else { return nil }
    let last = normalization(following: convolution) ?? convolution
    return activation(following: last) ?? last
  }

  private func normalization(following position: Int) -> Int? {
    consumers(of: position).first { layer in
      if case .batchNormalization = layers[layer].operation { true } else { false }
    }
  }

  private func activation(following position: Int) -> Int? {
    consumers(of: position).first { layer in
      if case .relu = layers[layer].operation { true } else { false }
    }
  }

  /// The feature extractor alone: all layers up to the activation of the last convolution block.
  ///
  /// - Throws: `badInputs` where no convolution is followed by a batch-norm or a ReLU.
  public func withoutTop() throws(GraphError) -> Graph {
    guard let last = lastFeatureLayer else {
      throw .badInputs(
        layer: layers[layers.count - 1].name, why: "no convolution block stands before the top")
    }
    return try Graph(name: name, layers: Array(layers[...last]))
  }

  /// This graph, ending in an image [H, W, C], with a classifier behind it: `average_pooling2d` over the
  /// whole image, `flatten`, a linear dense layer and `softmax`.
  ///
  /// - Parameter dense: The name of the dense layer.
  package func withHead(classes: Int, dense: String = "dense", useBias: Bool = true) throws(GraphError)
    -> Graph
  {
    guard outputShape.count == 3 else {
      throw .badShape(
        layer: layers[layers.count - 1].name, input: outputShape,
        why: "a new head needs [height, width, channels]")
    }
    let image = Size2D(height: outputShape[0], width: outputShape[1])
    let operations: [(String, Operation)] = [
      ("average_pooling2d", .averagePooling2D(Window(size: image, strides: image, padding: .valid))),
      ("flatten", .flatten),
      (dense, .dense(units: classes, useBias: useBias, .linear)),
      ("softmax", .softmax),
    ]
    var extended = layers
    for (name, operation) in operations {
      extended.append(Layer(name: name, operation: operation, inputs: [extended.count - 1]))
    }
    return try Graph(name: name, layers: extended)
  }
}

extension Model {
  /// Whether a classifier follows the feature extractor: layers that have weights.
  public var hasTop: Bool {
    guard let features = try? graph.withoutTop() else { return false }
    return graph.weightSpecs[features.layers.count...].contains { !$0.isEmpty }
  }

  /// The feature extractor alone: all that follows the activation of the last convolution block is dropped.
  ///
  /// - Throws: `badInputs` where the network has no block of a convolution and a batch-norm.
  public func withoutTop() throws(GraphError) -> Model {
    let features = try graph.withoutTop()
    let kept = weights.filter { features.position(of: $0.key.layer) != nil }
    return try Model(graph: features, weights: kept, preprocessing: preprocessing)
  }

  /// This network with a new classifier in place of the one that it may have: `average_pooling2d` over the
  /// whole feature map, `flatten`, `dense` of `classes` units and `softmax`.
  ///
  /// The dense layer starts as Keras starts it: the kernel Glorot uniform, drawn from `seed`, the bias zero.
  /// Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
  ///
  /// - Throws: As `withoutTop()`, and where `classes` makes no layer.
  public func withHead(classes: Int, seed: UInt64) throws(GraphError) -> Model {
    let features = try withoutTop()
    let extended = try features.graph.withHead(classes: classes)
    var weights = features.weights
    for id in extended.weightIDs where weights[id] == nil {
      guard let shape = extended.spec(of: id)?.shape else { continue }
      let isKernel = id.name == .kernel
      let count = shape.reduce(1, *)
      let floats = isKernel ? Model.glorotUniform(shape, seed: seed) : [Float](repeating: 0, count: count)
      weights[id] = Tensor(shape: shape, floats: floats)
    }
    return try Model(graph: extended, weights: weights, preprocessing: preprocessing)
  }

  /// Uniform between ±√(6 / (inputs + outputs)), from the upper 24 bits of each number drawn.
  private static func glorotUniform(_ shape: Shape, seed: UInt64) -> [Float] {
    var generator = SplitMix64(seed: seed)
    let limit = (6 / Float(shape[0] + shape[1])).squareRoot()
    return (0..<shape[0] * shape[1]).map { _ in
      let unit = Float(generator.next() >> 40) / Float(1 << 24)
      return (2 * unit - 1) * limit
    }
  }
}
