import ModelGraph

/// How a network runs under a freeze mask: a frozen prefix, computed once an image, and a trainable rest.
struct Plan {
  /// A chain: each stage reads the one before it.
  let stages: [Stage]
  /// Stages before it are frozen, and so is everything that they depend on.
  let cut: Int
  /// Stages up to it, exclusively, lead to the logits; a softmax may follow.
  let end: Int
  let inputShape: ActivationShape

  /// - Parameter trains: Whether anything will be trained; if not, all stages are the prefix.
  init(_ pack: Pack, trains: Bool = true) throws(EngineError) {
    let stages = try Lowering.stages(of: pack.graph)
    for (index, stage) in stages.enumerated() where stage.input != (index == 0 ? nil : index - 1) {
      throw .unsupportedLayer(pack.graph.layers[stage.layer].name, why: "branches do not run on devices")
    }
    var end = stages.count
    if let last = stages.last, case .softmax = last.kind { end -= 1 }
    for stage in stages.prefix(end) {
      if case .softmax = stage.kind {
        throw .unsupportedLayer(pack.graph.layers[stage.layer].name, why: "a softmax must come last")
      }
    }
    self.stages = stages
    self.end = end
    self.cut = trains ? stages.prefix(end).firstIndex { Plan.isTrained($0, by: pack) } ?? end : end
    self.inputShape = ActivationShape(pack.graph.inputShape)
  }

  private static func isTrained(_ stage: Stage, by pack: Pack) -> Bool {
    [stage.layer, stage.normalization].compactMap { $0 }
      .contains { pack.mask.trains(layer: pack.graph.layers[$0].name) }
  }

  /// Scores of one image, before softmax.
  var logitsShape: ActivationShape { end == 0 ? inputShape : stages[end - 1].outputShape }

  /// What the prefix hands on: an image's features, in the device's layout; the plain image where nothing is frozen.
  var featureShape: FeatureShape {
    cut == 0 ? .image(inputShape) : .blocked(stages[cut - 1].outputShape)
  }

  /// - Throws: ``EngineError/notAClassifier(output:)``
  func classCount(of graph: Graph) throws(EngineError) -> Int {
    guard logitsShape.isVector, graph.outputShape.count == 1 else {
      throw .notAClassifier(output: graph.outputShape)
    }
    return logitsShape.channels
  }
}

/// How the features of one image lie in memory between the prefix and the rest.
enum FeatureShape: Hashable {
  /// [H, W, C]
  case image(ActivationShape)
  /// [C/16, H, W, 16]
  case blocked(ActivationShape)

  /// Floats of one image.
  var count: Int {
    switch self {
    case .image(let shape): shape.pixels * shape.channels
    case .blocked(let shape): shape.floatsPerImage
    }
  }

  /// Pieces of an image's features that lie together in a batch, and floats of each: a batch is
  /// [piece, image, …].
  private var pieces: (count: Int, floats: Int) {
    switch self {
    case .image: (1, count)
    case .blocked(let shape): (shape.blocks, shape.pixels * ActivationShape.block)
    }
  }

  /// Copies one image's features to their places in a batch of `images`.
  func place(
    _ features: UnsafePointer<Float>, as position: Int, in batch: UnsafeMutablePointer<Float>, images: Int
  ) {
    for piece in 0..<pieces.count {
      (batch + (piece * images + position) * pieces.floats)
        .update(from: features + piece * pieces.floats, count: pieces.floats)
    }
  }

  /// The reverse of ``place(_:as:in:images:)``.
  func take(
    _ position: Int, of batch: UnsafePointer<Float>, images: Int, to features: UnsafeMutablePointer<Float>
  ) {
    for piece in 0..<pieces.count {
      (features + piece * pieces.floats)
        .update(from: batch + (piece * images + position) * pieces.floats, count: pieces.floats)
    }
  }
}
