import ModelGraph

/// How a network runs under a freeze mask: a frozen prefix, computed once an image, and a trainable rest.
struct Plan {
  /// A chain: each stage reads the one before it.
  let stages: [Stage]
  /// Stages before it give the same for an image in every epoch: nothing of them is trained, and none drops out.
  let cut: Int
  /// The first stage of which anything is trained, where back-propagation stops; nil where nothing is.
  let firstTrained: Int?
  /// Stages up to it, exclusively, lead to the logits; a softmax may follow.
  let end: Int
  let inputShape: ActivationShape

  /// - Parameter trains: Whether anything will be trained; if not, all stages are the prefix.
  init(_ pack: Pack, trains: Bool = true) throws(EngineError) {
    let mode = trains ? Lowering.Mode.training(pack.mask, in: pack.graph) : .inference
    let stages = try Lowering.stages(of: pack.graph, mode)
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
    let firstTrained = trains ? stages.prefix(end).firstIndex { Plan.isTrained($0, by: pack) } : nil
    let varies = firstTrained == nil ? nil : stages.prefix(end).firstIndex { Plan.varies($0, in: pack) }
    self.stages = stages
    self.end = end
    self.firstTrained = firstTrained
    self.cut = varies ?? end
    self.inputShape = ActivationShape(pack.graph.inputShape)
  }

  /// Stages that run in every step.
  var tail: ArraySlice<Stage> { stages[cut..<end] }

  /// Whether the gradients of a batch depend on more than the sum over its images: batch-norms in training mode
  /// normalize with statistics of the whole.
  var needsWholeBatch: Bool {
    tail.contains { if case .batchNormalization = $0.kind { true } else { false } }
  }

  private static func varies(_ stage: Stage, in pack: Pack) -> Bool {
    if case .dropout = stage.kind { return true }
    return isTrained(stage, by: pack)
  }

  private static func isTrained(_ stage: Stage, by pack: Pack) -> Bool {
    // It stands before the layer that gives it its name.
    if case .repeatChannels = stage.kind { return false }
    return pack.mask.trains(layer: pack.graph.layers[stage.layer].name)
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
  var pieces: (count: Int, floats: Int) {
    switch self {
    case .image: (1, count)
    case .blocked(let shape): (shape.blocks, shape.pixels * ActivationShape.block)
    }
  }

  /// Copies one image's features, as they are kept, to their places in a batch of `images`.
  func place(
    _ record: UnsafeRawPointer, _ precision: FeaturePrecision, as position: Int,
    in batch: UnsafeMutablePointer<Float>, images: Int
  ) {
    let (count, floats) = pieces
    for piece in 0..<count {
      precision.load(
        record + piece * floats * precision.byteCount, count: floats,
        to: batch + (piece * images + position) * floats)
    }
  }

  /// The reverse of ``place(_:_:as:in:images:)``.
  ///
  /// - Returns: Whether each finite number is still finite.
  func take(
    _ position: Int, of batch: UnsafePointer<Float>, images: Int, _ precision: FeaturePrecision,
    to record: UnsafeMutableRawPointer
  ) -> Bool {
    let (count, floats) = pieces
    var isFinite = true
    for piece in 0..<count {
      let isPieceFinite = precision.keep(
        batch + (piece * images + position) * floats, count: floats,
        in: record + piece * floats * precision.byteCount)
      isFinite = isFinite && isPieceFinite
    }
    return isFinite
  }
}
