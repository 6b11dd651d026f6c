@testable import ModelGraph

/// The smallest packs that have all that a pack can have: few layers, few channels, made-up weights.
enum SmallPacks {
  static func all() throws -> [String: Pack] {
    let folded = try pack(convolution(), types: .float32)
    let halved = try pack(convolution(), types: .float16)
    let classifier = try pack(classifier(), types: .float32)
    return [
      "dense": try dense(), "folded": folded, "depthwise": try pack(depthwise(), types: .float32),
      "trained": try classifier.refrozen(mask(channels: nil)),
      "channels": try classifier.refrozen(mask(channels: [1..<2])), "every_operation": try everyOperation(),
      "float16": try folded.reduced(to: .float16), "bfloat16": try folded.reduced(to: .bfloat16),
      "int8": try folded.reduced(to: .int8), "originals": halved,
      "doubles": try pack(depthwise(), types: .float64), "originals_int8": try halved.reduced(to: .int8),
      "compressed": try compressed(),
    ]
  }

  /// A folded convolution, and a classifier to be trained.
  static func base() throws -> Pack {
    try pack(
      Graph(name: "n", layers: convolution().layers + chain(classifierOperations, after: 2)), types: .float32)
  }

  /// A pack like `base` whose classifier was trained: all of it, or some channels of its kernel.
  static func trained(_ base: Pack, channels: [Range<Int>]?) throws -> Pack {
    let pack = try base.refrozen(mask(channels: channels))
    let id = WeightID(layer: "p", name: .kernel)
    guard let kernel = pack.weights[id] else { return pack }
    let moved = Tensor(shape: kernel.shape, floats: kernel.floats.map { $0 + 1 })
    return try pack.replacing([id: channels.map { kernel.replacing($0, of: 2, by: moved) } ?? moved])
  }

  private static func convolution() throws -> Graph {
    try Graph(
      name: "n",
      layers: chain([
        ("i", .input([1, 1, 1])), ("c", .conv2D(filters: 2, window(1), useBias: false, .linear)),
        ("b", .batchNormalization(BatchNormalization())),
      ]))
  }

  private static func depthwise() throws -> Graph {
    try Graph(
      name: "d",
      layers: chain([
        ("i", .input([1, 1, 2])), ("d", .depthwiseConv2D(multiplier: 1, window(1), useBias: false, .linear)),
        ("e", .batchNormalization(BatchNormalization(center: false, scale: false))),
      ]))
  }

  private static let classifierOperations: [(name: String, operation: Operation)] = [
    ("f", .flatten), ("p", .dense(units: 2, useBias: true, .linear)), ("s", .softmax),
  ]

  private static func classifier() throws -> Graph {
    try Graph(name: "p", layers: chain([("i", .input([2]))]) + chain(classifierOperations, after: 0))
  }

  private static func everyOperation() throws -> Pack {
    let graph = try Graph(
      name: "",
      layers: chain([
        ("i", .input([2, 2, 1])), ("r", .rescaling(scale: 2, offset: -1)),
        ("z", .zeroPadding2D(Margins(top: 0, bottom: 1, left: 0, right: 1))),
        ("c", .conv2D(filters: 1, window(2), useBias: true, .relu)), ("u", .relu(maxValue: 6)),
        ("a", .averagePooling2D(window(1))), ("o", .dropout(rate: 0.5)), ("h", .reshape([1, -1, 1])),
        ("g", .globalAveragePooling2D(keepDims: false)), ("l", .dense(units: 1, useBias: false, .softmax)),
      ]))
    return try pack(graph, types: .float32)
  }

  private static func dense() throws -> Pack {
    let graph = try Graph(
      name: "unit",
      layers: chain([("input", .input([1])), ("dense", .dense(units: 1, useBias: false, .linear))]))
    return try pack(graph, types: .float32, labels: ["yes"])
  }

  private static func compressed() throws -> Pack {
    let graph = try Graph(
      name: "", layers: chain([("i", .input([64])), ("d", .dense(units: 2, useBias: true, .linear))]))
    let ones = graph.madeUpWeights(seed: 1).mapValues { tensor in
      Tensor(shape: tensor.shape, floats: [Float](repeating: 1, count: tensor.elementCount))
    }
    var pack = try Pack(
      folding: Model(graph: graph, weights: ones), mask: FreezeMask(), labels: [], provenance: provenance)
    pack.compresses = true
    return pack
  }

  private static func pack(_ graph: Graph, types: DType, labels: [String] = []) throws -> Pack {
    let weights = graph.madeUpWeights(seed: 1).mapValues { $0.rounded(to: types) }
    return try Pack(
      folding: Model(graph: graph, weights: weights), mask: FreezeMask(), labels: labels,
      provenance: provenance)
  }

  private static func mask(channels: [Range<Int>]?) -> FreezeMask {
    var mask = FreezeMask()
    mask[WeightID(layer: "p", name: .kernel)] = channels.map(ChannelMask.channels) ?? .trainable
    mask[WeightID(layer: "p", name: .bias)] = .trainable
    return mask
  }

  private static let provenance = Provenance(sourceName: "a.h5", sourceDigest: "", toolVersion: "1")

  private static func window(_ side: Int) -> Window {
    Window(size: Size2D(square: side), strides: Size2D(square: 1), padding: .same)
  }

  /// Layers of which each takes the output of the one before; the first that of the layer at `last`, if there is one.
  private static func chain(_ operations: [(name: String, operation: Operation)], after last: Int = -1)
    -> [Layer]
  {
    operations.enumerated().map { index, entry in
      Layer(
        name: entry.name, operation: entry.operation, inputs: last + index < 0 ? [] : [last + index])
    }
  }
}
