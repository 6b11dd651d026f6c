internal import ModelGraph

/// The network that a file of weights alone is for, found from the names and shapes of its weights.
struct WeightsAlone {
  private static let assumedInputSize = 224

  private let stored: [StoredLayer]
  /// The layers that each stored layer stands for.
  private let members: [String: [String]]
  /// Shapes by layer and variable.
  private let shapes: [String: [String: Shape]]

  static func network(
    of stored: [StoredLayer], inputSize: Int?
  ) throws(KerasFileError.Problem) -> FlatNetwork {
    let weights = try WeightsAlone(stored)
    var notes = [
      "strides, padding and epsilon are not in the file: today's keras.applications.MobileNet is assumed"
    ]
    if inputSize == nil { notes.append("the input size is not in the file: \(assumedInputSize) is assumed") }
    let graph = try weights.graph(inputSize: inputSize ?? assumedInputSize, &notes)
    return FlatNetwork(graph: graph, members: weights.members, notes: notes)
  }

  private init(_ stored: [StoredLayer]) throws(KerasFileError.Problem) {
    var members: [String: [String]] = [:]
    var shapes: [String: [String: Shape]] = [:]
    for layer in stored where !layer.weights.isEmpty {
      let names = WeightsAlone.layers(in: layer)
      members[layer.name] = Array(Set(names))
      for (name, weight) in zip(names, layer.weights) {
        shapes[name, default: [:]][WeightPath(weight.name).variable] = weight.tensor.shape
      }
    }
    self.stored = stored
    self.members = members
    self.shapes = shapes
  }

  /// The layer that each weight of a stored layer belongs to: that layer itself, or one nested in it.
  private static func layers(in stored: StoredLayer) -> [String] {
    let paths = stored.weights.map { WeightPath($0.name) }
    let distinct = Set(paths.map { $0.layer ?? stored.name })
    let isNested = distinct.count > 1 && !MobileNetNames.weighted.contains(stored.name)
    guard isNested else { return paths.map { _ in stored.name } }
    return paths.map { path in
      let name = path.layer ?? stored.name
      return WeightMatching.find(name, among: Array(MobileNetNames.weighted)) ?? name
    }
  }

  private func graph(inputSize: Int, _ notes: inout [String]) throws(KerasFileError.Problem) -> Graph {
    let first = try kernelShape(of: "conv1")
    var network = MobileNetV1(widths: [], inputShape: [inputSize, inputSize, first[2]])
    for name in MobileNetNames.widthConvolutions { network.widths.append(try kernelShape(of: name)[3]) }
    network.depthMultiplier = try kernelShape(of: "conv_dw_1")[3]
    let top = shapes.keys.filter { !MobileNetNames.weighted.contains($0) }.sorted()
    if top == ["conv_preds"] { network.topClasses = try kernelShape(of: "conv_preds")[3] }
    let graph = try sound { () throws(GraphError) in try network.graph() }
    guard let head = top.first, network.topClasses == nil else { return graph }
    guard top.count == 1, let kernel = shapes[head]?["kernel"], kernel.count == 2 else {
      throw .unsupported(
        layer: head,
        why: "its place is not in a file of weights alone; save the whole model with model.save(\"name.h5\")")
    }
    notes.append(
      "what is around '\(head)' is not in the file: average pooling, flatten and softmax are assumed")
    let useBias = shapes[head]?["bias"] != nil
    return try sound { () throws(GraphError) in
      try graph.withHead(classes: kernel[1], dense: head, useBias: useBias)
    }
  }

  /// The shape of a convolution's kernel, which has four dimensions.
  private func kernelShape(of layer: String) throws(KerasFileError.Problem) -> Shape {
    let variables = shapes[layer] ?? [:]
    guard let shape = variables["kernel"] ?? variables["depthwise_kernel"] else {
      throw .notMobileNet("it has no weight '\(layer)/kernel'")
    }
    guard shape.count == 4 else {
      throw .notMobileNet("weight '\(layer)/kernel' has shape \(shape), where four dimensions are expected")
    }
    return shape
  }
}
