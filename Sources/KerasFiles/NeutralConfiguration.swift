internal import ModelGraph

/// A `model_config` that Keras 2 and Keras 3 both load: one flat Functional model, in the spelling of Keras 2
/// without the keys that Keras 3 refuses (`groups` of a depthwise convolution, a list as `axis`, `module`).
enum NeutralConfiguration {
  static func text(for graph: Graph) -> String { document(for: graph).text }

  private static func document(for graph: Graph) -> JSONValue {
    let layers = graph.layers.map { layer in entry(layer, inputs: layer.inputs.map { graph.layers[$0].name })
    }
    let inputs = graph.layers.filter { if case .input = $0.operation { true } else { false } }.map(\.name)
    let outputs = graph.layers.suffix(1).map(\.name)
    return [
      "class_name": "Functional",
      "config": [
        "name": .string(graph.name), "trainable": true, "layers": .array(layers),
        "input_layers": .array(inputs.map(tensor)), "output_layers": .array(outputs.map(tensor)),
      ],
    ]
  }

  private static func tensor(_ layer: String) -> JSONValue { [.string(layer), 0, 0] }

  private static func entry(_ layer: Layer, inputs: [String]) -> JSONValue {
    let common: JSONValue = ["name": .string(layer.name), "dtype": "float32"]
    let trainable: JSONValue = inputs.isEmpty ? [:] : ["trainable": .bool(layer.trainable)]
    let call = JSONValue.array(inputs.map { [.string($0), 0, 0, [:]] })
    return [
      "class_name": .string(layer.operation.className),
      "config": common.merging(trainable).merging(values(of: layer.operation)),
      "name": .string(layer.name),
      "inbound_nodes": inputs.isEmpty ? [] : [call],
    ]
  }

  private static func values(of operation: Operation) -> JSONValue {
    switch operation {
    case .input(let shape):
      ["batch_input_shape": .array([.null] + shape.map(JSONValue.integer)), "sparse": false]
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
