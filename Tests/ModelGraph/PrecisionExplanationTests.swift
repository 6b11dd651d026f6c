import ModelGraph
import Testing

/// Differences that a precision explains, and others of the same size that none does.
@Suite struct PrecisionExplanationTests {
  private let model: Model
  private let kernel = WeightID("conv/kernel")

  init() throws {
    let graph = try TestNetworks.small()
    model = try Model(graph: graph, weights: graph.madeUpWeights(seed: 1))
  }

  private func status(_ a: Model, _ b: Model) -> TensorComparison.Status? {
    NetworkComparison(.init(a, .weightsAlone), .init(b, .weightsAlone)).tensors.first?.status
  }

  @Test(arguments: [DType.float16, .bfloat16, .float64])
  func theWholeNetworkInAnotherType(_ dtype: DType) throws {
    let other = try Model(graph: model.graph, weights: model.weights.mapValues { $0.rounded(to: dtype) })
    let comparison = NetworkComparison(.init(model, .configured), .init(other, .weightsAlone))
    #expect(comparison.isEqual)
    #expect(!comparison.isIdentical)
    let expected =
      dtype == .float64
      ? Explanation.rounded(from: .float64, to: .float32) : .rounded(from: .float32, to: dtype)
    #expect(comparison.tensors.allSatisfy { $0.status == .explained(expected) })
    #expect(NetworkComparison(.init(other, .weightsAlone), .init(model, .configured)).isEqual)
  }

  @Test func aStepMoreThanRoundingIsADifference() throws {
    let tensor = try #require(model.weights[kernel])
    let half = tensor.rounded(to: .float16)
    let off = half.with(bits: half.bits(at: 4) + 1, at: 4)
    #expect(
      status(model, try model.replacing(kernel, by: half))
        == .explained(.rounded(from: .float32, to: .float16)))
    #expect(status(model, try model.replacing(kernel, by: off)) == .differs)
  }

  /// 1 + 2⁻¹¹ + 2⁻⁴⁰ lies above the middle between two halves; by way of `float32` it would come to lie on it,
  /// and be rounded down.
  @Test func doublesAreRoundedOnce() throws {
    let graph = try TestNetworks.chain([
      ("input", .input([1])), ("dense", .dense(units: 2, useBias: false, .linear)),
    ])
    let id = WeightID("dense/kernel")
    func network(_ tensor: Tensor) throws -> Model { try Model(graph: graph, weights: [id: tensor]) }
    let number = 1 + 0x1p-11 + 0x1p-40
    let wide = try network(
      Tensor(
        shape: [1, 2], dtype: .float64,
        bytes: TensorBytes(count: 16) { raw in
          for (index, number) in [number, -number].enumerated() {
            raw.storeBytes(
              of: number.bitPattern.littleEndian, toByteOffset: 8 * index, as: UInt64.self)
          }
        }))
    let once = try network(
      Tensor(shape: [1, 2], floats: [1 + 0x1p-10, -1 - 0x1p-10]).rounded(to: .float16))
    let twice = try network(Tensor(shape: [1, 2], floats: [1, -1]).rounded(to: .float16))
    #expect(status(wide, once) == .explained(.rounded(from: .float64, to: .float16)))
    #expect(status(wide, twice) == .differs)
  }

  @Test func twoNarrowTypesMayComeFromOneNumber() throws {
    let tensor = try #require(model.weights[kernel])
    let half = try model.replacing(kernel, by: tensor.rounded(to: .float16))
    let upper = tensor.rounded(to: .bfloat16)
    #expect(
      status(half, try model.replacing(kernel, by: upper)) == .explained(.bothRounded(.float16, .bfloat16)))
    let off = upper.with(bits: upper.bits(at: 4) + 2, at: 4)
    #expect(status(half, try model.replacing(kernel, by: off)) == .differs)
  }

  @Test func onlyFrozenChannelsNeedAnExplanation() throws {
    let tensor = try #require(model.weights[kernel])
    let half = tensor.rounded(to: .float16)
    // Three channels, innermost: element 4 belongs to channel 1.
    let off = try model.replacing(kernel, by: half.with(bits: half.bits(at: 4) + 1, at: 4))
    func found(_ expression: String) throws -> TensorComparison.Status? {
      let mask = try FreezeMask(parsing: expression, in: model.graph)
      return NetworkComparison(.init(model, .pack(mask)), .init(off, .weightsAlone)).tensors.first?.status
    }
    #expect(try found("conv:kernel[1:2]") == .trained)
    #expect(try found("conv:kernel[0:1]") == .changed)
  }
}

/// Networks of which a file keeps some weights in a reduced precision.
@Suite struct StoredReductionTests {
  private let model: Model
  private let kernel = WeightID("conv_pw/kernel")

  init() throws {
    let graph = try TestNetworks.small()
    model = try Model(graph: graph, weights: graph.madeUpWeights(seed: 1))
  }

  private static func half(_ tensor: Tensor) -> Tensor { tensor.rounded(to: .float16).float32 }

  /// The model with its pointwise kernel stored folded, in `float16`, and unfolded to something near.
  private func reduced(storing change: (Tensor) -> Tensor = { $0 }) throws -> ComparedNetwork {
    let pack = try Pack(folding: model, mask: FreezeMask(), labels: [], provenance: noProvenance)
    let stored = change(StoredReductionTests.half(try #require(pack.weights[kernel])))
    let reduction = StoredReduction(
      name: "float16", stored: stored, isFolded: true, error: 0.001, reduce: StoredReductionTests.half)
    let near = try model.adding(0.0005, to: "conv_pw/kernel", at: 3)
    return ComparedNetwork(near, .pack(FreezeMask()), reductions: [kernel: reduction])
  }

  private func status(_ a: ComparedNetwork, _ b: ComparedNetwork) -> TensorComparison.Status? {
    NetworkComparison(a, b).tensors.first { $0.id == kernel }?.status
  }

  @Test func whatReducesToTheStoredNumbersIsTheSame() throws {
    let plain = ComparedNetwork(model, .configured)
    #expect(status(plain, try reduced()) == .explained(.reduced("float16")))
    #expect(status(try reduced(), plain) == .explained(.reduced("float16")))
    #expect(NetworkComparison(plain, try reduced()).isEqual)
  }

  @Test func whatDoesNotIsChanged() throws {
    let off = try reduced { $0.with(floats: [Float($0.floats[3] + 0x1p-9)], at: 3) }
    #expect(status(.init(model, .configured), off) == .changed)
  }

  @Test func twoReductionsMayDifferByTheirErrors() throws {
    let kernel = kernel
    func reduced(to error: Float, adding difference: Float) throws -> ComparedNetwork {
      let stored = try #require(model.weights[kernel])
      let reduction = StoredReduction(
        name: "int8", stored: stored, isFolded: false, error: error, reduce: { $0 })
      return ComparedNetwork(
        try model.adding(difference, to: "conv_pw/kernel", at: 3), .pack(FreezeMask()),
        reductions: [kernel: reduction])
    }
    let a = try reduced(to: 0.25, adding: -0.25)
    #expect(status(a, try reduced(to: 0.25, adding: 0.2)) == .explained(.bothReduced("int8", "int8")))
    #expect(status(a, try reduced(to: 0.25, adding: 0.3)) == .changed)
  }
}
