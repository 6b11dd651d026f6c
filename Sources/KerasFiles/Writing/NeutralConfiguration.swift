internal import ModelGraph

/// A configuration that Keras 2 and Keras 3 both load: one flat model, in the spelling of Keras 2 without the keys
/// that Keras 3 refuses (`groups` of a depthwise convolution, a list as `axis`).
enum NeutralConfiguration {
  /// What archives say that they are from.
  static let archiveVersion = "3.6.0"

  /// The `model_config` of legacy HDF5: a Functional model.
  static func legacyText(for model: Model) -> String { functional(model, className: "Functional").text }

  /// The `config.json` of an archive: a Sequential model where the network is a chain. Keras 2 and Keras 3 know the
  /// classes of Functional models of archives under names that the other does not load.
  static func archiveText(for model: Model) -> String {
    let layers = model.graph.layers
    let isChain = layers.indices.allSatisfy { layers[$0].inputs == ($0 == 0 ? [] : [$0 - 1]) }
    let outer: JSONValue = ["module": "keras", "registered_name": .null]
    return outer.merging(isChain ? sequential(model) : functional(model, className: "Model")).text
  }

  private static func functional(_ model: Model, className: String) -> JSONValue {
    let graph = model.graph
    let policies = policies(of: model)
    let layers = zip(graph.layers, policies).map { layer, policy in
      entry(layer, policy, inputs: layer.inputs.map { graph.layers[$0].name })
    }
    let inputs = graph.layers.filter { if case .input = $0.operation { true } else { false } }.map(\.name)
    let outputs = graph.layers.suffix(1).map(\.name)
    return [
      "class_name": .string(className),
      "config": [
        "name": .string(graph.name), "trainable": true, "layers": .array(layers),
        "input_layers": .array(inputs.map(tensor)), "output_layers": .array(outputs.map(tensor)),
      ],
    ]
  }

  private static func sequential(_ model: Model) -> JSONValue {
    let layers = zip(model.graph.layers, policies(of: model)).map { layer, policy -> JSONValue in
      [
        "module": "keras.layers", "class_name": .string(layer.operation.className),
        "registered_name": .null, "config": configuration(layer, policy),
      ]
    }
    return [
      "class_name": "Sequential",
      "config": ["name": .string(model.graph.name), "trainable": true, "layers": .array(layers)],
    ]
  }

  /// Each layer's `dtype`: the type of its variables, and of a layer without any that of the layers around it.
  ///
  /// In a network of half precision Keras 2 keeps batch-norms in `float32` and computes them in half precision all the
  /// same, which is what a mixed policy says to both Kerases.
  private static func policies(of model: Model) -> [String] {
    let graph = model.graph
    let own = graph.layers.indices.map { position in
      graph.weightSpecs[position].first.flatMap { spec in
        model.weights[WeightID(layer: graph.layers[position].name, name: spec.name)]?.dtype
      }
    }
    let half = own.lazy.compactMap(\.self).first { $0 == .float16 || $0 == .bfloat16 }
    var last = half ?? own.lazy.compactMap(\.self).first ?? .float32
    return own.map { type in
      if let half { return type == .float32 ? "mixed_\(half.rawValue)" : half.rawValue }
      last = type ?? last
      return last.rawValue
    }
  }

  private static func tensor(_ layer: String) -> JSONValue { [.string(layer), 0, 0] }

  private static func entry(_ layer: Layer, _ policy: String, inputs: [String]) -> JSONValue {
    let call = JSONValue.array(inputs.map { [.string($0), 0, 0, [:]] })
    return [
      "class_name": .string(layer.operation.className),
      "config": configuration(layer, policy),
      "name": .string(layer.name),
      "inbound_nodes": inputs.isEmpty ? [] : [call],
    ]
  }

  private static func configuration(_ layer: Layer, _ policy: String) -> JSONValue {
    let common: JSONValue = ["name": .string(layer.name), "dtype": .string(policy)]
    let trainable: JSONValue = layer.inputs.isEmpty ? [:] : ["trainable": .bool(layer.trainable)]
    return common.merging(trainable).merging(values(of: layer.operation))
  }

  private static func values(of operation: Operation) -> JSONValue {
    switch operation {
    case .input(let shape):
      ["batch_input_shape": .array([.null] + shape.map(JSONValue.integer)), "sparse": false]
    case .rescaling(let scale, let offset):
      ["scale": .number(scale), "offset": .number(offset)]
    case .zeroPadding2D(let margins):
      [
        "padding": [pair(margins.top, margins.bottom), pair(margins.left, margins.right)],
        "data_format": "channels_last",
      ]
    case .conv2D(let filters, let window, let useBias, let activation):
      values(of: window, "kernel_size").merging(["filters": .integer(filters)])
        .merging(values(useBias, activation))
    case .depthwiseConv2D(let multiplier, let window, let useBias, let activation):
      values(of: window, "kernel_size").merging(["depth_multiplier": .integer(multiplier)])
        .merging(values(useBias, activation))
    case .batchNormalization(let normalization):
      [
        "axis": -1, "momentum": .number(normalization.momentum), "epsilon": .number(normalization.epsilon),
        "center": .bool(normalization.center), "scale": .bool(normalization.scale),
      ]
    case .relu(let maxValue):
      ["max_value": maxValue.map { .number(Double($0)) } ?? .null]
    case .averagePooling2D(let window):
      values(of: window, "pool_size")
    case .globalAveragePooling2D(let keepDims):
      ["data_format": "channels_last", "keepdims": .bool(keepDims)]
    case .dropout(let rate):
      ["rate": .number(rate)]
    case .flatten:
      ["data_format": "channels_last"]
    case .reshape(let shape):
      ["target_shape": .array(shape.map(JSONValue.integer))]
    case .dense(let units, let useBias, let activation):
      values(useBias, activation).merging(["units": .integer(units)])
    case .softmax:
      ["axis": -1]
    }
  }

  private static func values(of window: Window, _ sizeKey: String) -> JSONValue {
    [
      sizeKey: pair(window.size.height, window.size.width),
      "strides": pair(window.strides.height, window.strides.width),
      "padding": .string(window.padding.rawValue), "data_format": "channels_last",
    ]
  }

  private static func values(_ useBias: Bool, _ activation: Activation) -> JSONValue {
    ["use_bias": .bool(useBias), "activation": .string(activation.rawValue)]
  }

  private static func pair(_ first: Int, _ second: Int) -> JSONValue { [.integer(first), .integer(second)] }
}
