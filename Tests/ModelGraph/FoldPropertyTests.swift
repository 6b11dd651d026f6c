import ModelGraph
import Testing

/// Folding and unfolding give every bit back, whatever the numbers are.
@Suite struct FoldPropertyTests {
  /// Numbers at which arithmetic goes wrong: zeros, subnormals, the ends of the range, halves of an ulp.
  static let hard: [Float] = [
    0, -0.0, 1, -1, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
    -.leastNormalMagnitude, Float(bitPattern: 0x007f_ffff), Float(bitPattern: 0x0000_1234),
    .greatestFiniteMagnitude,
    -.greatestFiniteMagnitude, .infinity, -.infinity, .nan, Float(bitPattern: 0xffc0_dead),
    Float(bitPattern: 0x7f80_0001), Float(1).nextUp, Float(2).nextDown, Float(1).nextDown, 1e-20,
    -1e-20, 1e20, 1.5, 3, 1e-38, 0.1, -123.456,
  ]

  static let hardGammas: [Float] = hard + [1e-3, 1e-30, 1e30, Float(bitPattern: 0x8000_02ca)]
  static let variances: [Float] = [
    0, 1e-30, .leastNonzeroMagnitude, 1e-6, 0.5, 1, 3, 1e30, .greatestFiniteMagnitude, .infinity,
  ]

  private func model(kernel: [Float], gamma: [Float], variance: [Float], epsilon: Double) throws -> Model {
    let filters = gamma.count
    let graph = try TestNetworks.pointwise(
      channels: kernel.count / filters, filters: filters, epsilon: epsilon)
    let vector = { (floats: [Float]) in Tensor(shape: [filters], floats: floats) }
    return try Model(
      graph: graph,
      weights: [
        WeightID("conv/kernel"): Tensor(shape: [1, 1, kernel.count / filters, filters], floats: kernel),
        WeightID("bn/gamma"): vector(gamma), WeightID("bn/beta"): vector(gamma),
        WeightID("bn/moving_mean"): vector(variance), WeightID("bn/moving_variance"): vector(variance),
      ])
  }

  private func expectExactRoundTrip(_ model: Model, _ what: Comment) throws {
    let pack = try Pack(folding: model, mask: FreezeMask(), labels: [], provenance: noProvenance)
    #expect(try pack.unfolded().weights == model.weights, what)
  }

  @Test func everyHardKernelUnderEveryHardBatchNorm() throws {
    for epsilon in [1e-3, 1e-12] {
      for variance in FoldPropertyTests.variances {
        let gamma = FoldPropertyTests.hardGammas
        let kernel = FoldPropertyTests.hard.flatMap { [Float](repeating: $0, count: gamma.count) }
        let model = try model(
          kernel: kernel, gamma: gamma, variance: [Float](repeating: variance, count: gamma.count),
          epsilon: epsilon)
        try expectExactRoundTrip(model, "variance \(variance), epsilon \(epsilon)")
      }
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func anyBitsAtAll(_ seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let filters = 61
    let anything = { (count: Int) in
      (0..<count).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: random.next())) }
    }
    let kernel = anything(filters * 200)
    let gamma = anything(filters)
    let variance = anything(filters).map { $0.isNaN ? 1 : $0.magnitude }
    try expectExactRoundTrip(
      try model(kernel: kernel, gamma: gamma, variance: variance, epsilon: 1e-3), "seed \(seed)")
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func realisticNetworks(_ seed: UInt64) throws {
    let graph = try MobileNetV1.graph(alpha: 0.25, inputSize: 128, includeTop: false)
    let model = try Model(graph: graph, weights: graph.madeUpWeights(seed: seed))
    let pack = try Pack(folding: model, mask: .default(for: graph), labels: [], provenance: noProvenance)
    #expect(pack.corrections.count == 26)
    #expect(pack.corrections.values.allSatisfy { $0.exact.isEmpty })
    let touched = pack.corrections.values.reduce(0) { $0 + $1.ulps.count { $0 != 0 } }
    let all = pack.corrections.values.reduce(0) { $0 + $1.ulps.count }
    // Nine of ten elements come back without help.
    #expect(Double(touched) / Double(all) < 0.12)
    #expect(try pack.unfolded().weights == model.weights)
  }

  @Test func foldedKernelIsTheProductRoundedOnce() throws {
    let graph = try TestNetworks.small()
    let model = try Model(graph: graph, weights: graph.madeUpWeights(seed: 9))
    let pack = try Pack(folding: model, mask: FreezeMask(), labels: [], provenance: noProvenance)
    let scale = try graph.affine(ofNormalization: 6, model.weights).scale
    let kernel = try #require(model.weights[WeightID("conv_pw/kernel")]).floats
    let expected = kernel.enumerated().map { Float(Double($0.element) * scale[$0.offset % 5]) }
    #expect(pack.weights[WeightID("conv_pw/kernel")]?.floats == expected)
  }

  @Test(arguments: [-1e-3, -1, -.infinity] as [Float])
  func varianceWithoutARootIsRefused(_ variance: Float) throws {
    let model = try model(kernel: [1, 2], gamma: [1, 1], variance: [1, variance], epsilon: 1e-3)
    let sum = Double(variance) + 1e-3
    let error = GraphError.badVariance(layer: "bn", channel: 1, variancePlusEpsilon: sum)
    // float32(0.001) is a little more than 0.001.
    #expect(sum < 0)
    #expect(throws: error) {
      try Pack(folding: model, mask: FreezeMask(), labels: [], provenance: noProvenance)
    }
  }

  @Test func varianceThatIsNoNumberIsRefused() throws {
    let model = try model(kernel: [1, 2], gamma: [1, 1], variance: [.nan, 1], epsilon: 1e-3)
    #expect {
      try Pack(folding: model, mask: FreezeMask(), labels: [], provenance: noProvenance)
    } throws: { error in
      guard case .badVariance("bn", 0, let sum)? = error as? GraphError else { return false }
      return sum.isNaN
    }
  }

  @Test func zeroVarianceNeedsAnEpsilon() throws {
    let withOut = try model(kernel: [1, 2], gamma: [1, 1], variance: [0, 0], epsilon: 0)
    let error = GraphError.badVariance(layer: "bn", channel: 0, variancePlusEpsilon: 0)
    #expect(throws: error) {
      try Pack(folding: withOut, mask: FreezeMask(), labels: [], provenance: noProvenance)
    }
    try expectExactRoundTrip(
      try model(kernel: [1, 2], gamma: [1, 1], variance: [0, 0], epsilon: 1e-3), "with an epsilon")
  }
}
