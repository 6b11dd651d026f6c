import ModelGraph
import Testing

/// What is kept of a weight besides its float32 values is sound, or there is no pack.
@Suite struct FormTests {
  private let graph: Graph
  private let pack: Pack
  private static let kernel = WeightID("conv_pw/kernel")
  private static let bias = WeightID("dense/bias")

  init() throws {
    graph = try TestNetworks.small()
    let model = try Model(graph: graph, weights: graph.madeUpWeights(seed: 7))
    pack = try Pack(folding: model, mask: FreezeMask(), labels: [], provenance: noProvenance)
  }

  private func expect(
    _ error: GraphError, mask: String = "none", _ change: (inout WeightForms, inout Weights) -> Void
  ) throws {
    let pack = try pack.refrozen(try FreezeMask(parsing: mask, in: graph)).reduced(to: .int8)
    var forms = pack.forms
    var weights = pack.weights
    change(&forms, &weights)
    #expect(throws: error) {
      try Pack(
        graph: graph, mask: pack.mask, weights: weights, corrections: pack.corrections, forms: forms,
        labels: [], preprocessing: pack.preprocessing, provenance: noProvenance)
    }
  }

  private func half(_ shape: Shape) -> Tensor {
    Tensor(shape: shape, floats: [Float](repeating: 1, count: shape.reduce(1, *))).rounded(to: .float16)
  }

  @Test func typesAreThoseOfVariables() throws {
    let nowhere = WeightID("nowhere/kernel")
    try expect(.unknownWeight(nowhere)) { forms, _ in forms.variableTypes[nowhere] = .float16 }
    try expect(.badForm(FormTests.bias, why: "is listed among other types than float32")) { forms, _ in
      forms.variableTypes[FormTests.bias] = .float32
    }
  }

  @Test func originalsAreVariables() throws {
    let original = half([2])
    try expect(.badForm(FormTests.bias, why: "keeps an original of type float16, not its variable's")) {
      forms, _ in
      forms.originals[FormTests.bias] = original
    }
    try expect(.misshapenWeight(FormTests.bias, expected: [2], found: [3])) { forms, _ in
      forms.variableTypes[FormTests.bias] = .float16
      forms.originals[FormTests.bias] = half([3])
    }
    try expect(.badForm(FormTests.bias, why: "keeps an original and is approximate")) { forms, _ in
      forms.variableTypes[FormTests.bias] = .float16
      forms.originals[FormTests.bias] = original
      forms.approximations[FormTests.bias] = 1
    }
    try expect(.badForm(FormTests.kernel, why: "keeps an original and is reduced")) { forms, _ in
      forms.variableTypes[FormTests.kernel] = .float16
      forms.originals[FormTests.kernel] = half([1, 1, 6, 5])
      forms.approximations[FormTests.kernel] = nil
    }
  }

  @Test func onlyFrozenKernelsAreReduced() throws {
    try expect(.badForm(FormTests.bias, why: "is no kernel and is reduced")) { forms, _ in
      forms.reductions[FormTests.bias] = .float16
    }
    let trained = WeightID("dense/kernel")
    try expect(.badForm(trained, why: "is trained and is reduced"), mask: "dense[0:1]") { forms, _ in
      forms.reductions[trained] = .float16
    }
    try expect(.badForm(FormTests.kernel, why: "is reduced to no fewer bits than its variable has")) {
      forms, weights in
      forms.variableTypes[FormTests.kernel] = .bfloat16
      forms.reductions[FormTests.kernel] = .float16
    }
  }

  @Test(arguments: [-1, -0.0, .nan, .infinity, .greatestFiniteMagnitude] as [Float])
  func scalesAreNumbersFromZeroOn(_ scale: Float) throws {
    try expect(.badForm(FormTests.kernel, why: "has scale \(scale) in channel 4")) { forms, _ in
      forms.reductions[FormTests.kernel] = .int8(scales: [1, 1, 1, 1, scale])
    }
  }

  @Test func reducedKernelsHoldWhatTheirPrecisionHas() throws {
    let error = GraphError.badForm(FormTests.kernel, why: "has values that int8 has not")
    try expect(.badForm(FormTests.kernel, why: "has 4 scales for 5 channels")) { forms, _ in
      forms.reductions[FormTests.kernel] = .int8(scales: [1, 1, 1, 1])
    }
    for value in [Float.nan, 1e30, -0.0] {
      try expect(error) { _, weights in
        var floats = weights[FormTests.kernel]?.floats ?? []
        floats[3] = value
        weights[FormTests.kernel] = Tensor(shape: [1, 1, 6, 5], floats: floats)
      }
    }
  }

  @Test(arguments: [0, -1, .nan] as [Float])
  func errorsArePositive(_ value: Float) throws {
    try expect(.badForm(FormTests.bias, why: "is approximate by \(value)")) { forms, _ in
      forms.approximations[FormTests.bias] = value
    }
  }

  @Test func whatIsReducedHasNoCorrection() throws {
    try expect(.missingCorrection(layer: "conv_pw")) { forms, _ in forms.reductions[FormTests.kernel] = nil }
    let reduced = try pack.reduced(to: .bfloat16)
    #expect(throws: GraphError.unexpectedCorrection(layer: "conv")) {
      try Pack(
        graph: graph, mask: FreezeMask(), weights: reduced.weights, corrections: pack.corrections,
        forms: reduced.forms, labels: [], preprocessing: pack.preprocessing, provenance: noProvenance)
    }
  }

  @Test func distancesAreRoundedUp() {
    let zero = Tensor(shape: [2], floats: [0, 0])
    let third = Distance(between: zero, and: Tensor(shape: [2], floats: [-3, 1]))
    #expect(third.largest == 3)
    #expect(third.mean == 2)
    let one = Tensor(shape: [1], floats: [1]).rounded(to: .float64)
    let more = Tensor(
      shape: [1], dtype: .float64,
      bytes: TensorBytes(count: 8) { $0.storeBytes(of: 1.1, as: Double.self) })
    let gap = 1.1 - 1.0
    let told = Distance(between: one, and: more).largest
    #expect(Double(told) > gap && Double(told.nextDown) < gap)
    let none = Tensor(shape: [2], floats: [.nan, .infinity])
    #expect(Distance(between: none, and: none).largest == 0)
    #expect(Distance(between: none, and: zero).largest == .infinity)
  }
}
