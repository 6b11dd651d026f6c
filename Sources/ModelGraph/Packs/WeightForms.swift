/// What a pack knows of weights that are not, or not exactly, Keras's `float32` variables.
///
/// Weights that are named nowhere here are `float32` in Keras, and come back bit for bit.
public struct WeightForms: Sendable, Equatable {
  /// Keras's types of the variables that are not `float32`.
  public var variableTypes: [WeightID: DType] = [:]
  /// Those that were not trained, exactly as Keras has them: of the variable's own type, and not folded.
  public var originals: [WeightID: Tensor] = [:]
  /// Frozen kernels that are kept in fewer bits than their variables.
  public var reductions: [WeightID: ReducedPrecision] = [:]
  /// For weights that are no longer exactly Keras's: how far an element may lie from the variable's.
  public var approximations: [WeightID: Float] = [:]

  public init() {}

  /// How far the `float32` values of a weight are from its variable; nil where they are what it has.
  func singlePrecisionError(of id: WeightID) -> Float? {
    guard let original = originals[id] else { return approximations[id] }
    let error = Distance(between: original, and: original.float32.rounded(to: original.dtype)).largest
    return error > 0 ? error : nil
  }

  /// Forgets what was known of a weight but the type of its variable: it has other values now.
  mutating func discardValues(of id: WeightID) {
    originals[id] = nil
    reductions[id] = nil
    approximations[id] = nil
  }
}

/// The type of the elements in which a pack keeps a weight.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
  case float32, float16, bfloat16, float64, int8

  package init(_ dtype: DType) {
    self =
      switch dtype {
      case .float32: .float32
      case .float16: .float16
      case .bfloat16: .bfloat16
      case .float64: .float64
      }
  }

  init(_ kind: ReducedPrecision.Kind) {
    self =
      switch kind {
      case .float16: .float16
      case .bfloat16: .bfloat16
      case .int8: .int8
      }
  }
}

extension Pack {
  public var variableTypes: [WeightID: DType] { forms.variableTypes }
  public var originals: [WeightID: Tensor] { forms.originals }
  public var reductions: [WeightID: ReducedPrecision] { forms.reductions }
  public var approximations: [WeightID: Float] { forms.approximations }

  /// The type in which the pack keeps a weight; that of its Keras variable is another matter.
  public func elementType(of id: WeightID) -> ElementType {
    if let original = forms.originals[id] { return ElementType(original.dtype) }
    if let reduction = forms.reductions[id] { return ElementType(reduction.kind) }
    return .float32
  }
}

extension Graph {
  /// The rules of `WeightForms`, for weights that are whole, `float32` and derived from the originals.
  func check(_ forms: WeightForms, of weights: Weights, under mask: FreezeMask) throws(GraphError) {
    for (id, type) in forms.variableTypes {
      guard spec(of: id) != nil else { throw .unknownWeight(id) }
      guard type != .float32 else { throw .badForm(id, why: "is listed among other types than float32") }
    }
    for (id, original) in forms.originals {
      guard forms.variableTypes[id] == original.dtype else {
        throw .badForm(id, why: "keeps an original of type \(original.dtype.rawValue), not its variable's")
      }
    }
    for (id, reduction) in forms.reductions {
      try check(reduction, of: id, in: forms, weights[id], under: mask)
    }
    for (id, error) in forms.approximations {
      guard spec(of: id) != nil else { throw .unknownWeight(id) }
      guard forms.originals[id] == nil else {
        throw .badForm(id, why: "keeps an original and is approximate")
      }
      guard error > 0 else { throw .badForm(id, why: "is approximate by \(error)") }
    }
  }

  private func check(
    _ reduction: ReducedPrecision, of id: WeightID, in forms: WeightForms, _ tensor: Tensor?,
    under mask: FreezeMask
  ) throws(GraphError) {
    guard let spec = spec(of: id), let tensor else { throw .unknownWeight(id) }
    guard spec.canBeReduced else { throw .badForm(id, why: "is no kernel and is reduced") }
    guard mask[id] == .frozen else { throw .badForm(id, why: "is trained and is reduced") }
    guard forms.originals[id] == nil else { throw .badForm(id, why: "keeps an original and is reduced") }
    guard reduction.kind.byteCount < (forms.variableTypes[id] ?? .float32).byteCount else {
      throw .badForm(id, why: "is reduced to no fewer bits than its variable has")
    }
    if let fault = reduction.fault(channels: spec.channelCount) { throw .badForm(id, why: fault) }
    guard reduction.holds(tensor) else {
      throw .badForm(id, why: "has values that \(reduction.kind.rawValue) has not")
    }
  }
}

extension WeightSpec {
  /// Whether it has more than one dimension: a kernel, whose bytes are worth saving.
  var canBeReduced: Bool { shape.count > 1 }
}
