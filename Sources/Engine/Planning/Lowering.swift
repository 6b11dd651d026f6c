import ModelGraph

/// Turns a graph of layers into the stages that kernels compute.
struct Lowering {
  private let graph: Graph
  private let mode: Mode
  private(set) var stages: [Stage] = []
  /// What stands for each layer's output.
  private var values: [Value] = []

  /// Which layers behave as in training.
  struct Mode {
    /// Positions of the batch-norms that normalize with the batch's own statistics.
    var trainingNormalizations: Set<Int> = []
    /// Whether dropout layers drop anything.
    var dropsOut = false

    static let inference = Mode()

    /// Keras's rule: a batch-norm of which anything is trained is in training mode, and dropout always drops.
    static func training(_ mask: FreezeMask, in graph: Graph) -> Mode {
      let trained = graph.layers.indices.filter { position in
        if case .batchNormalization = graph.layers[position].operation {
          mask.trains(layer: graph.layers[position].name)
        } else {
          false
        }
      }
      return Mode(trainingNormalizations: Set(trained), dropsOut: true)
    }
  }

  private enum Value {
    case networkInput
    case stage(Int)
    /// An output that only a convolution with margins may take.
    case padded(source: Int?, Margins)
  }

  static func stages(of graph: Graph, _ mode: Mode) throws(EngineError) -> [Stage] {
    var lowering = Lowering(graph: graph, mode)
    for position in graph.layers.indices { lowering.values.append(try lowering.value(of: position)) }
    return lowering.stages
  }

  private init(graph: Graph, _ mode: Mode) {
    self.graph = graph
    self.mode = mode
  }

  private mutating func value(of position: Int) throws(EngineError) -> Value {
    let layer = graph.layers[position]
    switch layer.operation {
    case .input:
      return .networkInput
    case .rescaling:
      // What the engine is given has passed it already: see `Pack.inputPreprocessing`.
      guard case .networkInput = values[layer.inputs[0]] else {
        throw unsupported(position, "it does not directly follow the input")
      }
      return .networkInput
    case .zeroPadding2D(let margins):
      return .padded(source: try source(of: position), margins)
    case .conv2D(_, let window, _, let activation):
      return try convolution(position, window, activation, depthMultiplier: nil)
    case .depthwiseConv2D(let multiplier, let window, _, let activation):
      return try convolution(position, window, activation, depthMultiplier: multiplier)
    case .dense(_, _, let activation):
      let dense = try append(.pointwise, position, input: try source(of: position))
      return try activate(dense, activation, position)
    case .batchNormalization(let settings) where mode.trainingNormalizations.contains(position):
      return .stage(try append(.batchNormalization(settings), position, input: try source(of: position)))
    case .batchNormalization:
      return try absorbed(position) { $0.normalization = position }
    case .relu(let maxValue):
      return try absorbed(position) { stage in
        stage.low = 0
        stage.high = maxValue ?? .infinity
      }
    case .averagePooling2D(let window):
      return try pooling(position, window)
    case .globalAveragePooling2D:
      let input = inputShape(of: position)
      return try pooling(
        position,
        Window(
          size: Size2D(height: input.height, width: input.width), strides: Size2D(square: 1), padding: .valid)
      )
    case .dropout(let rate) where mode.dropsOut && rate > 0:
      return .stage(try append(.dropout(rate: rate), position, input: try source(of: position)))
    case .dropout:
      return values[layer.inputs[0]]
    case .flatten:
      if inputShape(of: position).isVector { return values[layer.inputs[0]] }
      return .stage(try append(.flatten, position, input: try source(of: position)))
    case .reshape:
      guard inputShape(of: position).isVector, ActivationShape(graph.outputShapes[position]).isVector else {
        throw unsupported(position, "it moves pixels")
      }
      return values[layer.inputs[0]]
    case .softmax:
      return .stage(try append(.softmax, position, input: try source(of: position)))
    }
  }

  private func unsupported(_ position: Int, _ why: String) -> EngineError {
    .unsupportedLayer(graph.layers[position].name, why: why)
  }

  private func inputShape(of position: Int) -> ActivationShape {
    ActivationShape(graph.outputShapes[graph.layers[position].inputs[0]])
  }

  /// The stage that the layer reads; nil for the network's input.
  private func source(of position: Int) throws(EngineError) -> Int? {
    switch values[graph.layers[position].inputs[0]] {
    case .networkInput: return nil
    case .stage(let stage): return stage
    case .padded: throw unsupported(position, "it follows a zero padding; only a convolution may")
    }
  }

  /// - Parameter output: nil for that of the layer at `position`.
  private mutating func append(
    _ kind: Stage.Kind, _ position: Int, input: Int?, output: ActivationShape? = nil
  ) throws(EngineError) -> Int {
    let inputShape = shape(ofStage: input)
    if case .conv2D = kind {
    } else if input == nil {
      throw unsupported(position, "the first layer must be a convolution with a window")
    }
    stages.append(
      Stage(
        kind: kind, layer: position, input: input, inputShape: inputShape,
        outputShape: output ?? ActivationShape(graph.outputShapes[position])))
    return stages.count - 1
  }

  private func shape(ofStage stage: Int?) -> ActivationShape {
    stage.map { stages[$0].outputShape } ?? ActivationShape(graph.inputShape)
  }

  /// - Parameter depthMultiplier: nil for a convolution that is not depthwise.
  private mutating func convolution(
    _ position: Int, _ window: Window, _ activation: Activation, depthMultiplier: Int?
  ) throws(EngineError) -> Value {
    var margins = window.output(over: spatialInput(of: position))?.margins ?? .none
    var input: Int?
    switch values[graph.layers[position].inputs[0]] {
    case .networkInput: input = nil
    case .stage(let stage): input = stage
    case .padded(let source, let padding):
      input = source
      margins.top += padding.top
      margins.bottom += padding.bottom
      margins.left += padding.left
      margins.right += padding.right
    }
    if let depthMultiplier, depthMultiplier > 1 { input = try repeated(input, depthMultiplier, position) }
    let geometry = WindowGeometry(
      window: window, margins: margins, input: shape(ofStage: input),
      output: ActivationShape(graph.outputShapes[position]))
    let stage: Int
    if depthMultiplier != nil {
      stage = try append(.depthwiseConv2D(geometry), position, input: input)
    } else if input == nil {
      stage = try append(.conv2D(geometry), position, input: nil)
    } else if window.size == Size2D(square: 1), window.strides == Size2D(square: 1), margins == .none {
      stage = try append(.pointwise, position, input: input)
    } else {
      throw unsupported(position, "a convolution over feature maps must be 1×1 with stride 1")
    }
    return try activate(stage, activation, position)
  }

  /// A stage that repeats the channels of `input` for the depthwise convolution at `position`.
  private mutating func repeated(
    _ input: Int?, _ multiplier: Int, _ position: Int
  ) throws(EngineError) -> Int {
    let shape = shape(ofStage: input)
    return try append(
      .repeatChannels(multiplier), position, input: input,
      output: ActivationShape(height: shape.height, width: shape.width, channels: shape.channels * multiplier)
    )
  }

  private func spatialInput(of position: Int) -> Size2D {
    let shape = inputShape(of: position)
    return Size2D(height: shape.height, width: shape.width)
  }

  private mutating func pooling(_ position: Int, _ window: Window) throws(EngineError) -> Value {
    let geometry = WindowGeometry(
      window: window, margins: window.output(over: spatialInput(of: position))?.margins ?? .none,
      input: inputShape(of: position), output: ActivationShape(graph.outputShapes[position]))
    return .stage(try append(.averagePooling2D(geometry), position, input: try source(of: position)))
  }

  private mutating func activate(_ stage: Int, _ activation: Activation, _ position: Int) throws(EngineError)
    -> Value
  {
    switch activation {
    case .linear: return .stage(stage)
    case .relu:
      stages[stage].low = 0
      return .stage(stage)
    case .softmax: return .stage(try append(.softmax, position, input: stage))
    }
  }

  /// Lets the stage before the layer at `position` do the layer's work too.
  private mutating func absorbed(_ position: Int, _ change: (inout Stage) -> Void) throws(EngineError)
    -> Value
  {
    let input = graph.layers[position].inputs[0]
    guard case .stage(let index) = values[input], graph.consumers(of: input).count == 1 else {
      throw unsupported(position, "it must directly follow a convolution that nothing else reads")
    }
    let stage = stages[index]
    let isNormalization =
      if case .batchNormalization = graph.layers[position].operation { true } else { false }
    let canAbsorb =
      switch stage.kind {
      case .conv2D, .depthwiseConv2D, .pointwise: true
      case .batchNormalization: !isNormalization
      case .repeatChannels, .pooledPointwise, .averagePooling2D, .flatten, .dropout, .softmax: false
      }
    let isClear = stage.low == -.infinity && (stage.normalization == nil || !isNormalization)
    guard canAbsorb, isClear else {
      throw unsupported(position, "only convolution, batch-norm and ReLU in this order run as one")
    }
    change(&stages[index])
    return .stage(index)
  }
}
