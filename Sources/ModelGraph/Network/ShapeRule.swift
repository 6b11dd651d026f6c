/// How each operation's output shape and weights follow from its input.
enum ShapeRule {
  /// Largest number of elements of any tensor: offsets then fit 32 bits on the device.
  static let maximumElements = 1 << 31

  static func output(of layer: Layer, over inputs: [Shape]) throws(GraphError) -> Shape {
    let shape = try uncheckedOutput(of: layer, over: inputs)
    try check(shape, layer)
    return shape
  }

  private static func uncheckedOutput(of layer: Layer, over inputs: [Shape]) throws(GraphError) -> Shape {
    if case .input(let shape) = layer.operation {
      guard inputs.isEmpty else { throw .badInputs(layer: layer.name, why: "an input layer takes no input") }
      return shape
    }
    let input = try only(inputs, layer)
    switch layer.operation {
    case .input, .rescaling, .batchNormalization, .relu, .dropout, .softmax:
      return input
    case .zeroPadding2D(let margins):
      let (size, channels) = try image(input, layer)
      guard min(margins.top, margins.bottom, margins.left, margins.right) >= 0,
        max(margins.top, margins.bottom, margins.left, margins.right) < 1 << 16
      else { throw .badShape(layer: layer.name, input: input, why: "padding out of range") }
      return [
        size.height + margins.top + margins.bottom, size.width + margins.left + margins.right, channels,
      ]
    case .conv2D(let filters, let window, _, _):
      return try slide(window, over: input, layer, channels: { _ in filters })
    case .depthwiseConv2D(let multiplier, let window, _, _):
      try check([multiplier], layer)
      return try slide(window, over: input, layer, channels: { $0 * multiplier })
    case .averagePooling2D(let window):
      return try slide(window, over: input, layer, channels: { $0 })
    case .globalAveragePooling2D(let keepDims):
      let channels = try image(input, layer).channels
      return keepDims ? [1, 1, channels] : [channels]
    case .flatten:
      return [input.reduce(1, *)]
    case .reshape(let target):
      return try reshape(input, to: target, layer)
    case .dense(let units, _, _):
      return input.dropLast() + [units]
    }
  }

  static func weights(of layer: Layer, over inputs: [Shape]) throws(GraphError) -> [WeightSpec] {
    guard let channels = inputs.first?.last else { return [] }
    var specs: [WeightSpec] = []
    func vector(_ name: WeightName, _ count: Int) {
      specs.append(.init(name: name, shape: [count], channelAxes: 0..<1))
    }
    switch layer.operation {
    case .conv2D(let filters, let window, let useBias, _):
      let shape = [window.size.height, window.size.width, channels, filters]
      specs.append(.init(name: .kernel, shape: shape, channelAxes: 3..<4))
      if useBias { vector(.bias, filters) }
    case .depthwiseConv2D(let multiplier, let window, let useBias, _):
      let shape = [window.size.height, window.size.width, channels, multiplier]
      specs.append(.init(name: .depthwiseKernel, shape: shape, channelAxes: 2..<4))
      if useBias { vector(.bias, channels * multiplier) }
    case .batchNormalization(let normalization):
      if normalization.scale { vector(.gamma, channels) }
      if normalization.center { vector(.beta, channels) }
      vector(.movingMean, channels)
      vector(.movingVariance, channels)
    case .dense(let units, let useBias, _):
      specs.append(.init(name: .kernel, shape: [channels, units], channelAxes: 1..<2))
      if useBias { vector(.bias, units) }
    default:
      break
    }
    for spec in specs { try check(spec.shape, layer) }
    return specs
  }

  private static func only(_ inputs: [Shape], _ layer: Layer) throws(GraphError) -> Shape {
    guard inputs.count == 1 else {
      throw .badInputs(
        layer: layer.name, why: "\(layer.operation.className) takes one input, not \(inputs.count)")
    }
    return inputs[0]
  }

  private static func image(_ input: Shape, _ layer: Layer) throws(GraphError) -> (
    size: Size2D, channels: Int
  ) {
    guard input.count == 3 else {
      throw .badShape(
        layer: layer.name, input: input, why: "\(layer.operation.className) needs [height, width, channels]")
    }
    return (Size2D(height: input[0], width: input[1]), input[2])
  }

  private static func slide(
    _ window: Window, over input: Shape, _ layer: Layer, channels: (Int) -> Int
  ) throws(GraphError) -> Shape {
    let (size, inputChannels) = try image(input, layer)
    try check([window.size.height, window.size.width, window.strides.height, window.strides.width], layer)
    guard let output = window.output(over: size)?.size else {
      throw .badShape(layer: layer.name, input: input, why: "the window does not fit")
    }
    return [output.height, output.width, channels(inputChannels)]
  }

  private static func reshape(_ input: Shape, to target: Shape, _ layer: Layer) throws(GraphError) -> Shape {
    let elements = input.reduce(1, *)
    let unknown = target.indices.filter { target[$0] == -1 }
    var shape = target
    if unknown.count == 1 {
      let known = target.filter { $0 != -1 }
      try check(known + [1], layer)
      shape[unknown[0]] = elements / known.reduce(1, *)
    }
    try check(shape, layer)
    guard shape.reduce(1, *) == elements else {
      throw .badShape(
        layer: layer.name, input: input, why: "\(elements) elements cannot be reshaped to \(target)")
    }
    return shape
  }

  /// Every extent at least one, and their product within `maximumElements`.
  private static func check(_ shape: Shape, _ layer: Layer) throws(GraphError) {
    var product = 1
    guard !shape.isEmpty, shape.count <= 4 else {
      throw .badShape(layer: layer.name, input: shape, why: "between one and four dimensions are possible")
    }
    for extent in shape {
      guard extent >= 1 else {
        throw .badShape(layer: layer.name, input: shape, why: "sizes must be positive")
      }
      guard extent <= maximumElements / product else { throw .tooLarge(layer: layer.name) }
      product *= extent
    }
  }
}
