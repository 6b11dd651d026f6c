import ModelGraph
import Testing

/// A network against the same one with its batch-norms folded by another tool.
@Suite struct FoldedComparisonTests {
  private static func folded(_ name: String, filters: Int, _ bias: Bool = true) throws -> Graph {
    try TestNetworks.chain([
      ("input", .input([1, 1, 1])),
      (name, .conv2D(filters: filters, TestNetworks.window1x1, useBias: bias, .linear)),
    ])
  }

  /// s is 2 and −0.25, β − μ · s is 8 and 19.5; |β| + |μ · s| is 12 and 20.5.
  private func network() throws -> Model {
    let graph = try TestNetworks.pointwise(channels: 1, filters: 2, epsilon: 0.5)
    return try Model(
      graph: graph,
      weights: [
        WeightID("conv/kernel"): Tensor(shape: [1, 1, 1, 2], floats: [3, -5]),
        WeightID("bn/gamma"): Tensor(shape: [2], floats: [4, -1]),
        WeightID("bn/beta"): Tensor(shape: [2], floats: [10, 20]),
        WeightID("bn/moving_mean"): Tensor(shape: [2], floats: [1, -2]),
        WeightID("bn/moving_variance"): Tensor(shape: [2], floats: [3.5, 15.5]),
      ])
  }

  private func other(kernel: [Float], bias: [Float], named name: String = "conv") throws -> Model {
    try Model(
      graph: FoldedComparisonTests.folded(name, filters: 2),
      weights: [
        WeightID("\(name)/kernel"): Tensor(shape: [1, 1, 1, 2], floats: kernel),
        WeightID("\(name)/bias"): Tensor(shape: [2], floats: bias),
      ])
  }

  private func compare(_ a: Model, _ b: Model) -> NetworkComparison {
    NetworkComparison(.init(a, .configured), .init(b, .configured))
  }

  @Test func exactFoldsAreTheSameNetwork() throws {
    let (a, b) = (try network(), try other(kernel: [6, 1.25], bias: [8, 19.5]))
    for comparison in [compare(a, b), compare(b, a)] {
      #expect(comparison.tensors.map(\.id) == [WeightID("conv/kernel"), WeightID("conv/bias")])
      #expect(comparison.tensors.map(\.status) == [.explained(.folded), .explained(.folded)])
      #expect(comparison.tensors.allSatisfy { $0.isFolded && $0.distance?.maxAbs == 0 })
      #expect(comparison.onlyInA == [] && comparison.onlyInB == [])
      #expect(comparison.structure == [])
      #expect(comparison.isEqual)
      // The files do not have the same tensors.
      #expect(!comparison.isIdentical)
    }
  }

  @Test(arguments: [(5, true), (6, false), (-5, true), (-6, false)])
  func kernelsMayBeOffByEightRoundings(_ steps: Int, isExplained: Bool) throws {
    // Near 1.25 a step is 2⁻²³, and 8 · 2⁻²⁴ · 1.25 is 5 of them.
    let number = Float(1.25) + Float(steps) * 0x1p-23
    let comparison = compare(try network(), try other(kernel: [6, number], bias: [8, 19.5]))
    #expect(comparison.tensors[0].status == (isExplained ? .explained(.folded) : .differs))
    #expect(comparison.tensors[0].distance?.maxUlp == abs(steps))
    #expect(comparison.tensors[1].status == .explained(.folded))
  }

  @Test(arguments: [(7, true), (8, false)])
  func biasesMayBeOffByTenRoundingsOfTheirTerms(_ steps: Int, isExplained: Bool) throws {
    // Near 8 a step is 2⁻²⁰, and 10 · 2⁻²⁴ · 12 is 7.5 of them.
    let bias = Float(8) + Float(steps) * 0x1p-20
    let comparison = compare(try network(), try other(kernel: [6, 1.25], bias: [bias, 19.5]))
    #expect(comparison.tensors[1].status == (isExplained ? .explained(.folded) : .differs))
    #expect(comparison.tensors[1].distance?.maxUlp == steps)
  }

  @Test func namesDoNotMatter() throws {
    let b = try other(kernel: [6, 1.25], bias: [8, 19.5], named: "Conv_0")
    let comparison = compare(try network(), b)
    #expect(comparison.isEqual)
    #expect(comparison.tensors.map(\.idInB) == [WeightID("Conv_0/kernel"), WeightID("Conv_0/bias")])
  }

  /// In the arithmetic of a tool that folds in single precision, in the two ways that are usual.
  @Test(arguments: [false, true])
  func foldsInSinglePrecisionAreExplained(byReciprocal: Bool) throws {
    let filters = 4000
    let graph = try TestNetworks.pointwise(channels: 1, filters: filters)
    let model = try Model(graph: graph, weights: graph.madeUpWeights(seed: 3))
    func vector(_ text: String) throws -> [Float] { try #require(model.weights[WeightID(text)]).floats }
    let scale = try zip(vector("bn/gamma"), vector("bn/moving_variance")).map { gamma, variance in
      byReciprocal ? gamma * (1 / (variance + 1e-3).squareRoot()) : gamma / (variance + 1e-3).squareRoot()
    }
    let kernel = try zip(vector("conv/kernel"), scale).map { $0 * $1 }
    let products = try zip(vector("bn/moving_mean"), scale).map { $0 * $1 }
    let bias = try zip(vector("bn/beta"), products).map { $0 - $1 }
    let folded = try Model(
      graph: FoldedComparisonTests.folded("conv", filters: filters),
      weights: [
        WeightID("conv/kernel"): Tensor(shape: [1, 1, 1, filters], floats: kernel),
        WeightID("conv/bias"): Tensor(shape: [filters], floats: bias),
      ])
    let comparison = compare(model, folded)
    #expect(comparison.isEqual)
    // It does differ.
    #expect(comparison.tensors.allSatisfy { ($0.distance?.differing ?? 0) > filters / 10 })
  }

  @Test func aBiasOfTheConvolutionIsFoldedToo() throws {
    let small = try TestNetworks.small()
    let graph = try small.keeping(["input", "conv", "conv_bn"])
    var weights = graph.madeUpWeights(seed: 1)
    weights[WeightID("conv/bias")] = Tensor(shape: [3], floats: [2, 4, 8])
    for name in ["gamma", "moving_variance", "moving_mean", "beta"] {
      weights[WeightID("conv_bn/\(name)")] = Tensor(shape: [3], floats: [1, 1, 1])
    }
    let model = try Model(graph: graph, weights: weights)
    // s = 1 / √1.001, and the bias 1 − s + bias · s.
    let s = 1 / 1.001.squareRoot()
    let kernel = try #require(weights[WeightID("conv/kernel")])
    let folded = try Model(
      graph: small.keeping(["input", "conv"]),
      weights: [
        WeightID("conv/kernel"): kernel.with(floats: kernel.floats.map { Float(Double($0) * s) }, at: 0),
        WeightID("conv/bias"): Tensor(shape: [3], floats: [1 + s, 1 + 3 * s, 1 + 7 * s].map { Float($0) }),
      ])
    #expect(compare(model, folded).isEqual)
  }

  @Test func aFoldInHalfPrecisionIsExplained() throws {
    let folded = try other(kernel: [6, 1.25], bias: [8, 19.5])
    let third = try other(kernel: [6.003, 1.2501], bias: [8.003, 19.503])
    for (model, isEqual) in [(folded, true), (third, false)] {
      let half = try Model(graph: model.graph, weights: model.weights.mapValues { $0.rounded(to: .float16) })
      #expect(compare(try network(), half).isEqual == isEqual)
    }
  }

  @Test func aMaskSaysWhetherAFoldMayDiffer() throws {
    let a = try network()
    let b = ComparedNetwork(try other(kernel: [6, 2], bias: [8, 19.5]), .weightsAlone)
    func found(_ expression: String) throws -> TensorComparison.Status {
      let mask = try FreezeMask(parsing: expression, in: a.graph)
      return NetworkComparison(.init(a, .pack(mask)), b).tensors[0].status
    }
    #expect(try found("none") == .changed)
    #expect(try found("bn:gamma") == .trained)
    #expect(try found("conv[1:2]") == .trained)
    #expect(try found("conv[0:1]") == .changed)
  }

  @Test func withoutABiasNothingWasFolded() throws {
    let graph = try FoldedComparisonTests.folded("conv", filters: 2, false)
    let bare = try Model(
      graph: graph, weights: [WeightID("conv/kernel"): Tensor(shape: [1, 1, 1, 2], floats: [6, 1.25])])
    let comparison = compare(try network(), bare)
    #expect(comparison.tensors.map(\.status) == [.differs])
    #expect(comparison.onlyInA.count == 4)
  }

  @Test func aBatchNormThatCannotBeComputedIsADifference() throws {
    let hostile = try network().replacing(
      WeightID("bn/moving_variance"), by: Tensor(shape: [2], floats: [3.5, -1]))
    let comparison = compare(hostile, try other(kernel: [6, 1.25], bias: [8, 19.5]))
    #expect(comparison.tensors.map(\.status) == [.differs, .differs])
    #expect(comparison.tensors.allSatisfy { $0.distance == nil })
  }
}
