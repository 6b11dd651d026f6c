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
  /// The stages from the cut to the end, in parts that an operation computes each.
  let units: [Range<Int>]
  let inputShape: ActivationShape

  /// - Parameters:
  ///   - trains: Whether anything will be trained; if not, all stages are the prefix.
  ///   - family: Of the kernels that run: which stages they compute as one.
  init(_ pack: Pack, trains: Bool = true, _ family: KernelFamily = .cpu) throws(EngineError) {
    let mode = trains ? Lowering.Mode.training(pack.mask, in: pack.graph) : .inference
    var stages = try Lowering.stages(of: pack.graph, mode)
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
    if family == .cpu, let firstTrained, firstTrained + 1 < end,
      let joined = Plan.joined(
        stages[firstTrained], stages[firstTrained + 1], stages[firstTrained..<end], pack)
    {
      stages.replaceSubrange(firstTrained...firstTrained + 1, with: [joined])
      for index in stages.indices.dropFirst(firstTrained + 1) { stages[index].input = index - 1 }
      end -= 1
    }
    self.stages = stages
    self.end = end
    self.firstTrained = firstTrained
    self.cut = varies ?? end
    units = Plan.units(stages, cut..<end, firstTrained: firstTrained, family)
    self.inputShape = ActivationShape(pack.graph.inputShape)
  }

  /// The deepest trained convolution and the pooling behind it as one stage, where it suffices to know of the output
  /// where it passes a gradient: no bias is trained there, and each micro-batch goes through `rest` by itself.
  private static func joined(
    _ convolution: Stage, _ pooling: Stage, _ rest: ArraySlice<Stage>, _ pack: Pack
  ) -> Stage? {
    let bias = WeightID(layer: pack.graph.layers[convolution.layer].name, name: .bias)
    guard pack.mask[bias] == .frozen, !needsWholeBatch(rest) else { return nil }
    return convolution.joined(with: pooling)
  }

  /// A batch-norm in training mode and the convolution behind it, where there are kernels for the two, and every other stage
  /// by itself. What is between the two has no gradient in memory, so that there must be a place for that of their input.
  private static func units(
    _ stages: [Stage], _ tail: Range<Int>, firstTrained: Int?, _ family: KernelFamily
  ) -> [Range<Int>] {
    var units: [Range<Int>] = []
    var next = tail.lowerBound
    while next < tail.upperBound {
      let isJoined =
        family == .cpu && next > firstTrained ?? next && next + 1 < tail.upperBound
        && stages[next].isNormalization && stages[next + 1].takesNormalization
      units.append(next..<next + (isJoined ? 2 : 1))
      next += isJoined ? 2 : 1
    }
    return units
  }

  /// The first unit of which anything is trained; nil where nothing is.
  var firstTrainedUnit: Int? { firstTrained.flatMap { first in units.firstIndex { $0.contains(first) } } }

  /// Whether anything is trained before a unit, so that the gradient of its input is wanted.
  func passesGradientOn(_ unit: Range<Int>) -> Bool { firstTrained.map { unit.lowerBound > $0 } ?? false }

  /// Stages that run in every step.
  var tail: ArraySlice<Stage> { stages[cut..<end] }

  /// Whether the gradients of a batch depend on more than the sum over its images: batch-norms in training mode
  /// normalize with statistics of the whole.
  var needsWholeBatch: Bool { Plan.needsWholeBatch(tail) }

  private static func needsWholeBatch(_ stages: ArraySlice<Stage>) -> Bool {
    stages.contains(where: \.isNormalization)
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
