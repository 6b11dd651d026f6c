internal import ModelGraph

/// The network that a file of weights alone is for, found from the names and shapes of its weights.
struct WeightsAlone {
  private let stored: [StoredLayer]
  private let names: MobileNetNames
  /// The layers that each stored layer stands for.
  private let members: [String: [String]]
  /// Shapes by layer and variable.
  private let shapes: [String: [String: Shape]]

  static func network(
    of stored: [StoredLayer], inputSize: Int?
  ) throws(KerasFileError.Problem) -> FlatNetwork {
    try WeightsAlone(stored).network(inputSize: inputSize)
  }

  private init(_ stored: [StoredLayer]) throws(KerasFileError.Problem) {
    let names = WeightsAlone.names(in: stored)
    let known = names.weighted
    var members: [String: [String]] = [:]
    var shapes: [String: [String: Shape]] = [:]
    for layer in stored where !layer.weights.isEmpty {
      let owners = WeightsAlone.layers(in: layer, known)
      members[layer.name] = Array(Set(owners))
      for (name, weight) in zip(owners, layer.weights) {
        shapes[name, default: [:]][WeightPath(weight.name).variable] = weight.tensor.shape
      }
    }
    self.stored = stored
    self.names = names
    self.members = members
    self.shapes = shapes
  }

  /// The names that the file's layers have; where its layers are nested ones without names of their own, those of
  /// the variables, in which a number at the end says nothing.
  private static func names(in stored: [StoredLayer]) -> MobileNetNames {
    if let names = MobileNetNames(among: Set(stored.map(\.name))) { return names }
    let scopes = Set(stored.flatMap { layer in layer.weights.compactMap { WeightPath($0.name).layer } })
    let areKerass = scopes.contains { WeightMatching.find($0, among: ["conv1"]) != nil }
    return (areKerass ? nil : MobileNetNames(among: scopes)) ?? .canonical
  }

  /// The layer that each weight of a stored layer belongs to: that layer itself, or one nested in it.
  private static func layers(in stored: StoredLayer, _ known: Set<String>) -> [String] {
    let paths = stored.weights.map { WeightPath($0.name) }
    let distinct = Set(paths.map { $0.layer ?? stored.name })
    let isNested = distinct.count > 1 && !known.contains(stored.name)
    guard isNested else { return paths.map { _ in stored.name } }
    return paths.map { path in
      let name = path.layer ?? stored.name
      return WeightMatching.find(name, among: Array(known)) ?? name
    }
  }

  private func network(inputSize: Int?) throws(KerasFileError.Problem) -> FlatNetwork {
    var notes = [
      "strides, padding and epsilon are not in the file: today's keras.applications.MobileNet is assumed"
    ]
    if inputSize == nil { notes.append(AssumedInput.note) }
    let side = inputSize ?? AssumedInput.size
    let first = try kernelShape(of: names.name("conv1"))
    var network = MobileNetV1(
      widths: [], inputShape: [side, side, first[2]])
    for name in names.widthConvolutions { network.widths.append(try kernelShape(of: name)[3]) }
    network.depthMultiplier = try kernelShape(of: names.name("conv_dw_1"))[3]
    let known = names.weighted
    let top = shapes.keys.filter { !known.contains($0) }.sorted()
    let ownTop = names.name("conv_preds")
    if top == [ownTop] { network.topClasses = try kernelShape(of: ownTop)[3] }
    let recipe = network
    let features = try sound { () throws(GraphError) in
      try recipe.graph().renamed(names.name)
    }
    guard !top.isEmpty, recipe.topClasses == nil else { return FlatNetwork(features, members, notes: notes) }
    return try withHead(top, on: features, notes)
  }

  /// The network with the one dense layer that stands behind its features; another head cannot be told from
  /// weights alone.
  private func withHead(
    _ top: [String], on features: Graph, _ notes: [String]
  ) throws(KerasFileError.Problem) -> FlatNetwork {
    guard top.count == 1, let kernel = shapes[top[0]]?["kernel"], kernel.count == 2 else {
      let why = "its place is not in a file of weights alone"
      let layers = top.enumerated().map { ForeignLayer(name: $1, why: $0 == 0 ? why : nil) }
      return FlatNetwork(features, members, foreign: layers, notes: notes)
    }
    let why =
      "what is around '\(top[0])' is not in the file: average pooling, flatten and softmax are assumed"
    let useBias = shapes[top[0]]?["bias"] != nil
    let graph = try sound { () throws(GraphError) in
      try features.withHead(classes: kernel[1], dense: top[0], useBias: useBias)
    }
    return FlatNetwork(graph, members, notes: notes + [why])
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

/// What is taken for the input where no file says how large it is: Keras's own default.
enum AssumedInput {
  static let size = 224
  static let note = "the input size is not in the file: \(size) is assumed"
}
