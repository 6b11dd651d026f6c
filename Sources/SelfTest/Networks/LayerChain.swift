import ModelGraph

/// Layers of which each takes the output of the one before; a convolution brings its batch-norm and ReLU6.
struct LayerChain {
  private var layers: [Layer] = []

  init(_ height: Int, _ width: Int, _ channels: Int) { add("input_1", .input([height, width, channels])) }

  mutating func add(_ name: String, _ operation: Operation) {
    layers.append(Layer(name: name, operation: operation, inputs: layers.isEmpty ? [] : [layers.count - 1]))
  }

  mutating func convolution(
    _ name: String, _ filters: Int, size: Int = 1, stride: Int = 1, _ padding: Padding = .same,
    useBias: Bool = false
  ) {
    let window = Window(size: Size2D(square: size), strides: Size2D(square: stride), padding: padding)
    add(name, .conv2D(filters: filters, window, useBias: useBias, .linear))
    normalize(name)
  }

  mutating func depthwise(
    _ name: String, size: Int = 3, stride: Int = 1, _ padding: Padding = .same, multiplier: Int = 1,
    useBias: Bool = false
  ) {
    let window = Window(size: Size2D(square: size), strides: Size2D(square: stride), padding: padding)
    add(name, .depthwiseConv2D(multiplier: multiplier, window, useBias: useBias, .linear))
    normalize(name)
  }

  private mutating func normalize(_ name: String) {
    add(name + "_bn", .batchNormalization(BatchNormalization()))
    add(name + "_relu", .relu(maxValue: 6))
  }

  /// - Parameter pool: nil for the mean over the whole image.
  mutating func head(pool: Window? = nil, classes: Int) {
    if let pool {
      add("average_pooling2d", .averagePooling2D(pool))
    } else {
      add("global_average_pooling2d", .globalAveragePooling2D(keepDims: true))
    }
    add("flatten", .flatten)
    add("dense", .dense(units: classes, useBias: true, .linear))
    add("softmax", .softmax)
  }

  func graph(_ name: String) throws(GraphError) -> Graph { try Graph(name: name, layers: layers) }
}
