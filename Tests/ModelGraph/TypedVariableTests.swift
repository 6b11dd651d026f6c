import ModelGraph
import Testing

/// Keras variables that are not float32: what was not trained comes back bit for bit.
@Suite struct TypedVariableTests {
  static let types: [DType] = [.float16, .bfloat16, .float64]

  /// A tensor of any bits at all: NaN, infinity, subnormals and zeros of both signs among them.
  private func anything(_ shape: Shape, _ dtype: DType, _ random: inout SplitMix64) -> Tensor {
    let count = shape.reduce(1, *) * dtype.byteCount
    return Tensor(
      shape: shape, dtype: dtype,
      bytes: TensorBytes(count: count) { raw in
        for index in 0..<count {
          // Every fourth number is zero.
          let isZero = index / dtype.byteCount % 4 == 3
          raw[index] = isZero ? 0 : UInt8(truncatingIfNeeded: random.next())
        }
      })
  }

  /// The small network with kernels of any bits, and batch-norms from which a scale can be computed.
  private func model(_ dtype: DType, seed: UInt64, kernelsOnly: Bool = false) throws -> Model {
    var random = SplitMix64(seed: seed)
    let graph = try TestNetworks.small()
    var weights = graph.madeUpWeights(seed: seed)
    for id in graph.weightIDs {
      guard let tensor = weights[id] else { continue }
      switch id.name {
      case .kernel, .depthwiseKernel: weights[id] = anything(tensor.shape, dtype, &random)
      case .movingVariance where !kernelsOnly: weights[id] = tensor.rounded(to: dtype)
      case _ where !kernelsOnly: weights[id] = anything(tensor.shape, dtype, &random)
      default: break
      }
    }
    return try Model(graph: graph, weights: weights)
  }

  private func folded(_ model: Model, _ mask: String = "none") throws -> Pack {
    try Pack(
      folding: model, mask: try FreezeMask(parsing: mask, in: model.graph), labels: [],
      provenance: noProvenance)
  }

  @Test(arguments: types, 0..<4 as Range<UInt64>)
  func anyBitsComeBack(_ dtype: DType, _ seed: UInt64) throws {
    let model = try model(dtype, seed: seed)
    let pack = try folded(model)
    #expect(pack.corrections.isEmpty)
    #expect(pack.originals == model.weights.filter { $0.value.dtype != .float32 })
    #expect(pack.variableTypes.count == model.graph.weightIDs.count)
    #expect(pack.weights.values.allSatisfy { $0.dtype == .float32 })
    #expect(try pack.unfolded().weights == model.weights)
  }

  /// The fold multiplies the double value of the original and rounds once.
  @Test func theFoldedKernelIsTheProductOfTheOriginal() throws {
    let graph = try TestNetworks.pointwise(channels: 1, filters: 2, epsilon: 0)
    // 0.1 and 1/3, which float32 has not, by 3.
    let numbers = [0.1, 1.0 / 3]
    let original = Tensor(
      shape: [1, 1, 1, 2], dtype: .float64,
      bytes: TensorBytes(count: 16) { raw in
        for (index, number) in numbers.enumerated() {
          raw.storeBytes(of: number, toByteOffset: 8 * index, as: Double.self)
        }
      })
    let vector = { (value: Float) in Tensor(shape: [2], floats: [value, value]) }
    let model = try Model(
      graph: graph,
      weights: [
        WeightID("conv/kernel"): original, WeightID("bn/gamma"): vector(6), WeightID("bn/beta"): vector(0),
        WeightID("bn/moving_mean"): vector(0), WeightID("bn/moving_variance"): vector(4),
      ])
    let pack = try folded(model)
    #expect(pack.weights[WeightID("conv/kernel")]?.floats == [Float(0.1 * 3), Float(1.0 / 3 * 3)])
    #expect(pack.elementType(of: WeightID("conv/kernel")) == .float64)
    #expect(pack.elementType(of: WeightID("bn/gamma")) == .float32)
    // What is to be trained starts from the nearest float32.
    let unfrozen = try pack.refrozen(try FreezeMask(parsing: "conv", in: graph))
    #expect(unfrozen.weights[WeightID("conv/kernel")]?.floats == [0.1, Float(1.0 / 3)])
  }

  @Test(arguments: types)
  func refreezingIsFoldingAnew(_ dtype: DType) throws {
    let model = try model(dtype, seed: 11)
    var pack = try folded(model)
    for mask in ["conv", "conv,conv_pw_bn", "*:bias", "conv_dw[1:3],dense", "none"] {
      pack = try pack.refrozen(try FreezeMask(parsing: mask, in: model.graph))
      let anew = try folded(model, mask)
      #expect(pack.weights == anew.weights)
      #expect(pack.forms == anew.forms)
      #expect(pack.corrections == anew.corrections)
      #expect(try pack.unfolded().weights == model.weights)
    }
  }

  /// To be trained is not to have been trained: until then the variable comes back bit for bit.
  @Test(arguments: types)
  func whatIsToBeTrainedKeepsItsOriginal(_ dtype: DType) throws {
    let model = try model(dtype, seed: 5)
    let pack = try folded(model, "conv_pw")
    let id = WeightID("conv_pw/kernel")
    #expect(pack.originals[id] == model.weights[id])
    #expect(pack.weights[id] == model.weights[id]?.float32)
    #expect(pack.approximations.isEmpty)
    #expect(try pack.unfolded().weights == model.weights)
  }

  /// Freeze, train, freeze: what was trained goes on with its float32 values, all else keeps its bits.
  @Test(arguments: types)
  func trainedValuesStayWhenTheyAreFrozenAgain(_ dtype: DType) throws {
    let model = try model(dtype, seed: 8)
    let id = WeightID("conv_pw/kernel")
    let trained = Tensor(shape: [1, 1, 6, 5], floats: (0..<30).map { 0.1 + Float($0) / 7 })
    let pack = try folded(model, "conv_pw").replacing([id: trained]).refrozen(FreezeMask())
    #expect(pack.originals[id] == nil)
    #expect(pack.approximations[id] == nil)
    #expect(pack.elementType(of: id) == .float32)
    #expect(try pack.refrozen(try FreezeMask(parsing: "conv_pw", in: model.graph)).weights[id] == trained)
    var expected = model.weights
    expected[id] = trained.rounded(to: dtype)
    #expect(try pack.unfolded().weights == expected)
  }

  @Test(arguments: types)
  func hardBatchNormsOnTypedKernels(_ dtype: DType) throws {
    let gamma = FoldPropertyTests.hardGammas
    let graph = try TestNetworks.pointwise(channels: 64, filters: gamma.count)
    for variance in FoldPropertyTests.variances {
      var random = SplitMix64(seed: UInt64(variance.bitPattern))
      let vector = { (floats: [Float]) in Tensor(shape: [gamma.count], floats: floats) }
      let model = try Model(
        graph: graph,
        weights: [
          WeightID("conv/kernel"): anything([1, 1, 64, gamma.count], dtype, &random),
          WeightID("bn/gamma"): vector(gamma), WeightID("bn/beta"): vector(gamma),
          WeightID("bn/moving_mean"): vector(gamma),
          WeightID("bn/moving_variance"): vector([Float](repeating: variance, count: gamma.count)),
        ])
      let pack = try folded(model)
      #expect(try pack.unfolded().weights == model.weights, "variance \(variance)")
      guard dtype != .float64 else { continue }
      let retrained = try pack.refrozen(try FreezeMask(parsing: "conv", in: graph)).refrozen(FreezeMask())
      #expect(retrained.forms == pack.forms, "variance \(variance)")
    }
  }
}
