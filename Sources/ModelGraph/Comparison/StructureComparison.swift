/// Something besides the weights in which two networks compute differently.
public struct StructuralDifference: Sendable, Hashable {
  /// As network A names the layer; as B does where A has none.
  public let layer: String
  /// What either network has there, in a few words; nil where it has nothing.
  public let inA: String?
  public let inB: String?

  public init(layer: String, inA: String?, inB: String?) {
    self.layer = layer
    self.inA = inA
    self.inB = inB
  }
}

/// Compares what two networks compute apart from their weights: the sequence of their operations.
///
/// Layers that change nothing in inference (input, dropout) or only the arrangement of numbers (flatten, reshape)
/// are passed over, and an activation counts the same in a layer of its own and as an argument of another.
struct StructureComparison {
  private(set) var differences: [StructuralDifference] = []

  /// - Parameter isWhole: Whether each network has all layers with weights that the other has, so that every
  ///   further operation at the end is a difference of its own.
  init(_ a: ComparedNetwork, _ b: ComparedNetwork, _ matching: LayerMatching, isWhole: Bool) {
    compareOrder(a.model.graph, matching)
    guard a.source != .weightsAlone, b.source != .weightsAlone else { return }
    compareInputs(a.model.graph, b.model.graph)
    if case .pack = a.source, case .pack = b.source { comparePreprocessing(a.model, b.model) }
    let folded = matching.folded
    let inA = a.model.graph.steps(without: Set(folded.filter { !$0.isFoldedInA }.map(\.normalization)))
    let inB = b.model.graph.steps(without: Set(folded.filter(\.isFoldedInA).map(\.normalization)))
    compare(inA, inB, isWhole: isWhole)
  }

  private mutating func compareOrder(_ graph: Graph, _ matching: LayerMatching) {
    let pairs = (matching.pairs + matching.folded.map(\.convolution)).sorted { $0.a < $1.a }
    let firstOutOfOrder = zip(pairs, pairs.dropFirst()).first { $0.b > $1.b }
    guard let (before, pair) = firstOutOfOrder else { return }
    let other = graph.layers[before.a].name
    note(graph.layers[pair.a].name, "behind \(other)", "before \(other)")
  }

  private mutating func compareInputs(_ a: Graph, _ b: Graph) {
    guard a.inputShape != b.inputShape else { return }
    note(a.layers[0].name, "input \(product(a.inputShape))", "input \(product(b.inputShape))")
  }

  private mutating func comparePreprocessing(_ a: Model, _ b: Model) {
    guard a.preprocessing != b.preprocessing else { return }
    note(
      a.graph.layers[0].name, "pixels as \(a.preprocessing.formula)", "pixels as \(b.preprocessing.formula)")
  }

  private mutating func compare(_ a: [Step], _ b: [Step], isWhole: Bool) {
    for (inA, inB) in zip(a, b) where inA.operation != inB.operation {
      note(inA.layer, inA.operation.outline, inB.operation.outline)
      guard inA.operation.className == inB.operation.className else { return }
    }
    guard isWhole else { return }
    for step in a.dropFirst(b.count) { note(step.layer, step.operation.outline, nil) }
    for step in b.dropFirst(a.count) { note(step.layer, nil, step.operation.outline) }
  }

  private mutating func note(_ layer: String, _ inA: String?, _ inB: String?) {
    differences.append(StructuralDifference(layer: layer, inA: inA, inB: inB))
  }
}

/// An operation of a network in the one form that all networks that compute the same have.
private struct Step {
  let layer: String
  let operation: Operation
}

extension Graph {
  fileprivate func steps(without left: Set<Int>) -> [Step] {
    layers.indices.filter { !left.contains($0) }.flatMap { position in
      normalized(position).map { Step(layer: layers[position].name, operation: $0) }
    }
  }

  /// Without what tensors tell (biases, gamma, beta) and what concerns training alone.
  private func normalized(_ position: Int) -> [Operation] {
    let operation = layers[position].operation
    switch operation {
    case .input, .dropout, .flatten, .reshape:
      return []
    case .conv2D(let filters, let window, _, let activation):
      return [.conv2D(filters: filters, window, useBias: false, .linear)] + activation.operations
    case .depthwiseConv2D(let multiplier, let window, _, let activation):
      return [.depthwiseConv2D(multiplier: multiplier, window, useBias: false, .linear)]
        + activation.operations
    case .dense(let units, _, let activation):
      return [.dense(units: units, useBias: false, .linear)] + activation.operations
    case .batchNormalization(let normalization):
      return [.batchNormalization(BatchNormalization(epsilon: normalization.epsilon))]
    case .globalAveragePooling2D:
      return [.globalAveragePooling2D(keepDims: false)]
    case .averagePooling2D(let window):
      return [isGlobal(window, at: position) ? .globalAveragePooling2D(keepDims: false) : operation]
    case .rescaling, .zeroPadding2D, .relu, .softmax:
      return [operation]
    }
  }

  /// Whether a pooling window covers the whole image, once.
  private func isGlobal(_ window: Window, at position: Int) -> Bool {
    guard let input = layers[position].inputs.first else { return false }
    let covers = outputShapes[input].prefix(2) == [window.size.height, window.size.width]
    return covers && outputShapes[position].prefix(2) == [1, 1]
  }
}

extension Activation {
  fileprivate var operations: [Operation] {
    switch self {
    case .linear: []
    case .relu: [.relu(maxValue: nil)]
    case .softmax: [.softmax]
    }
  }
}

extension Operation {
  /// The operation in a few words, with what tells it from another of its class.
  fileprivate var outline: String {
    switch self {
    case .conv2D(let filters, let window, _, _): "Conv2D to \(filters), \(window.outline)"
    case .depthwiseConv2D(_, let window, _, _): "DepthwiseConv2D, \(window.outline)"
    case .batchNormalization(let normalization): "BatchNormalization, epsilon \(normalization.epsilon)"
    case .rescaling(let scale, let offset): "Rescaling by \(scale), \(offset)"
    case .relu(let maxValue?): "ReLU up to \(maxValue)"
    case .zeroPadding2D(let margins):
      "ZeroPadding2D ((\(margins.top), \(margins.bottom)), (\(margins.left), \(margins.right)))"
    case .averagePooling2D(let window): "AveragePooling2D, \(window.outline)"
    case .dense(let units, _, _): "Dense to \(units)"
    case .input, .relu, .globalAveragePooling2D, .dropout, .flatten, .reshape, .softmax: className
    }
  }
}

extension Window {
  fileprivate var outline: String {
    "\(size.height) × \(size.width), strides \(strides.height) × \(strides.width), \(padding.rawValue)"
  }
}

extension Preprocessing {
  fileprivate var formula: String { "x / \(divisor) + \(offset)" }
}

private func product(_ shape: Shape) -> String { shape.map(String.init).joined(separator: " × ") }
