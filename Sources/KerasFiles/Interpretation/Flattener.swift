internal import ModelGraph

/// Takes a configuration apart: each layer behind the layers that it takes, by its own name.
///
/// The inputs of a nested model become the outputs that it is called on, so that its input layers vanish.
struct Flattener {
  /// A model in a model in a model; Keras users nest twice.
  private static let maximumDepth = 8
  private static let maximumLayers = 4096
  /// How often the layers of a model are gone through; Keras writes a layer behind those that it takes, so once will do.
  private static let maximumPasses = 16

  private let inputSize: Int?
  private var layers: [Layer] = []
  private var axes: [(layer: Int, axis: Int)] = []
  private var members: [String: [String]] = [:]
  private var notes: [String] = []
  private var foreign: [ForeignLayer] = []
  private var problem: KerasFileError.Problem?

  /// Stands for the output of a layer that mlpack does not know, or that follows one.
  private static let foreignOutput = -1

  /// - Parameter inputSize: Height and width of an input that leaves them open.
  static func flatten(
    _ model: LayerConfiguration, inputSize: Int?
  ) throws(KerasFileError.Problem) -> FlatNetwork {
    var flattener = Flattener(inputSize: inputSize)
    let outputs = try flattener.add(model, to: nil, trainable: true, depth: 0)
    return try flattener.network(named: model.name, outputs: outputs)
  }

  private init(inputSize: Int?) { self.inputSize = inputSize }

  private func network(named name: String, outputs: [Int]) throws(KerasFileError.Problem) -> FlatNetwork {
    guard outputs == [layers.count - 1] || !foreign.isEmpty else {
      throw .unsupported(layer: name, why: "a network with other than one output")
    }
    if layers.isEmpty, let problem { throw problem }
    let graph = try sound { () throws(GraphError) in try Graph(name: name, layers: layers) }
    for (position, axis) in axes {
      let rank = graph.outputShapes[position].count
      guard axis == -1 || axis == rank else {
        throw .unsupported(layer: layers[position].name, why: "axis \(axis) is not the last")
      }
    }
    return FlatNetwork(graph, members, foreign: foreign, problem: problem, notes: notes)
  }

  /// Adds the layers of a model.
  ///
  /// - Parameter inputs: What the model is called on; nil for the outermost, which has inputs of its own.
  /// - Returns: The positions of its outputs.
  private mutating func add(
    _ model: LayerConfiguration, to inputs: [Int]?, trainable: Bool, depth: Int
  ) throws(KerasFileError.Problem) -> [Int] {
    guard depth < Flattener.maximumDepth else { throw model.unsupported("models nested too deeply") }
    let entries = try model.layers()
    let isTrainable = trainable && model.trainable
    return model.isSequential
      ? try addChain(entries, of: model, to: inputs, trainable: isTrainable, depth: depth)
      : try addGraph(entries, of: model, to: inputs, trainable: isTrainable, depth: depth)
  }

  private mutating func addChain(
    _ entries: [LayerConfiguration], of model: LayerConfiguration, to inputs: [Int]?, trainable: Bool,
    depth: Int
  ) throws(KerasFileError.Problem) -> [Int] {
    var outputs = inputs
    for (index, entry) in entries.enumerated() {
      if entry.className == "InputLayer", inputs != nil { continue }
      if outputs == nil, index == 0, !entry.isModel, entry.className != "InputLayer" {
        outputs = [try addImpliedInput(of: entry, in: model)]
      }
      outputs = try addEntry(entry, to: outputs, trainable: trainable, depth: depth)
    }
    guard let outputs else { throw model.unsupported("a model without layers") }
    return outputs
  }

  /// A Sequential model without an input layer gives its input's shape in its first layer, or beside them.
  private mutating func addImpliedInput(
    of first: LayerConfiguration, in model: LayerConfiguration
  ) throws(KerasFileError.Problem) -> Int {
    let shape =
      first.values["batch_input_shape"] ?? first.values["batch_shape"] ?? model.values["build_input_shape"]
    guard let shape else { throw model.unsupported("the shape of its input is not in the file") }
    let input = try LayerConfiguration([
      "class_name": "InputLayer", "name": .string(first.name + "_input"), "config": ["batch_shape": shape],
    ])
    return try addLayer(input, to: [], trainable: true)
  }

  private mutating func addGraph(
    _ entries: [LayerConfiguration], of model: LayerConfiguration, to inputs: [Int]?, trainable: Bool,
    depth: Int
  ) throws(KerasFileError.Problem) -> [Int] {
    var outputs: [String: [Int]] = [:]
    if let inputs {
      let names = try InboundReference.endpoints(model.values["input_layers"], of: model.name)
      guard names.count == inputs.count else {
        throw model.unsupported("it is called on \(inputs.count) tensors and has \(names.count) inputs")
      }
      for (name, input) in zip(names, inputs) { outputs[name.layer] = [input] }
    }
    var waiting = entries.filter { outputs[$0.name] == nil }
    var passes = 0
    while let first = waiting.first {
      passes += 1
      guard passes <= Flattener.maximumPasses else {
        throw .badConfiguration("the layers of '\(model.name)' stand in no order in which Keras writes them")
      }
      var blocked: [LayerConfiguration] = []
      for entry in waiting {
        if let inputs = try positions(of: entry.inbound ?? [], among: outputs, for: entry) {
          outputs[entry.name] = try addEntry(entry, to: inputs, trainable: trainable, depth: depth)
        } else {
          blocked.append(entry)
        }
      }
      guard blocked.count < waiting.count else {
        throw .badConfiguration("layer '\(first.name)' takes a layer that is not there, or itself")
      }
      waiting = blocked
    }
    let ends = try InboundReference.endpoints(model.values["output_layers"], of: model.name)
    guard let found = try positions(of: ends, among: outputs, for: model) else {
      throw .badConfiguration("an output of '\(model.name)' is not among its layers")
    }
    return found
  }

  /// Where the referenced outputs are; nil as long as one of the layers is not added.
  private func positions(
    of references: [InboundReference], among outputs: [String: [Int]], for entry: LayerConfiguration
  ) throws(KerasFileError.Problem) -> [Int]? {
    var positions: [Int] = []
    for reference in references {
      guard let found = outputs[reference.layer] else { return nil }
      guard found.indices.contains(reference.output) else {
        throw .badConfiguration("'\(entry.name)' takes output \(reference.output) of '\(reference.layer)'")
      }
      positions.append(found[reference.output])
    }
    return positions
  }

  private mutating func addEntry(
    _ entry: LayerConfiguration, to inputs: [Int]?, trainable: Bool, depth: Int
  ) throws(KerasFileError.Problem) -> [Int] {
    let start = layers.count
    let startOfForeign = foreign.count
    let outputs =
      entry.isModel
      ? try add(entry, to: inputs, trainable: trainable, depth: depth + 1)
      : [try addKnownLayer(entry, to: inputs ?? [], trainable: trainable)]
    if depth == 0 {
      members[entry.name] = layers[start...].map(\.name) + foreign[startOfForeign...].map(\.name)
    }
    return outputs
  }

  /// Adds the layer, or notes that it is foreign, and with it all that takes its output.
  private mutating func addKnownLayer(
    _ entry: LayerConfiguration, to inputs: [Int], trainable: Bool
  ) throws(KerasFileError.Problem) -> Int {
    guard !inputs.contains(Flattener.foreignOutput) else {
      foreign.append(ForeignLayer(name: entry.name))
      return Flattener.foreignOutput
    }
    do {
      return try addLayer(entry, to: inputs, trainable: trainable)
    } catch {
      guard let why = error.reasonToLeaveOut else { throw error }
      foreign.append(ForeignLayer(name: entry.name, why: why))
      problem = problem ?? error
      return Flattener.foreignOutput
    }
  }

  private mutating func addLayer(
    _ entry: LayerConfiguration, to inputs: [Int], trainable: Bool
  ) throws(KerasFileError.Problem) -> Int {
    guard layers.count < Flattener.maximumLayers else { throw .badConfiguration("too many layers") }
    let operation: Operation
    switch try entry.operation() {
    case .identity:
      guard inputs.count == 1 else { throw entry.unsupported("it takes \(inputs.count) inputs") }
      return inputs[0]
    case .augmentation:
      guard inputs.count == 1 else { throw entry.unsupported("it takes \(inputs.count) inputs") }
      notes.append("layer '\(entry.name)' (\(entry.className)) acts in training alone and is left behind")
      return inputs[0]
    case .operation(let found):
      operation = found
    case .overAxis(let found, let axis):
      operation = found
      axes.append((layers.count, axis))
    case .input(let height, let width, let channels):
      operation = .input(try inputShape(height: height, width: width, channels: channels))
    }
    // An input has nothing to train; Keras writes no flag for it.
    let isTrainable = inputs.isEmpty || trainable && entry.trainable
    layers.append(Layer(name: entry.name, operation: operation, inputs: inputs, trainable: isTrainable))
    return layers.count - 1
  }

  private mutating func inputShape(
    height: Int?, width: Int?, channels: Int
  ) throws(KerasFileError.Problem) -> Shape {
    guard height == nil || width == nil else {
      let shape = [height ?? 0, width ?? 0, channels]
      guard inputSize == nil || [inputSize, inputSize] == [height, width] else {
        throw .inputSize(asked: inputSize ?? 0, found: shape)
      }
      return shape
    }
    if inputSize == nil {
      notes.append(AssumedInput.note)
    }
    let side = inputSize ?? AssumedInput.size
    return [height ?? side, width ?? side, channels]
  }
}
