import ModelGraph
import Testing

@Suite struct FoldTests {
  /// conv with kernel [1, 1, 1, 2] and its batch-norm, with round numbers.
  private func twoChannels() throws -> Model {
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

  private func folded(_ model: Model, _ mask: FreezeMask = FreezeMask()) throws -> Pack {
    try Pack(folding: model, mask: mask, labels: [], provenance: noProvenance)
  }

  @Test func affineIsTheFormula() throws {
    let model = try twoChannels()
    // 4 / √(3.5 + 0.5), −1 / √(15.5 + 0.5)
    let affine = try model.graph.affine(ofNormalization: 2, model.weights)
    #expect(affine.scale == [2, -0.25])
    // 10 − 1 · 2, 20 − (−2) · (−0.25)
    #expect(affine.shift == [8, 19.5])
  }

  @Test func affineWithoutGammaAndBeta() throws {
    let bare = BatchNormalization(epsilon: 0, center: false, scale: false)
    let graph = try TestNetworks.chain([("input", .input([1, 1, 2])), ("bn", .batchNormalization(bare))])
    let affine = try graph.affine(
      ofNormalization: 1,
      [
        WeightID("bn/moving_mean"): Tensor(shape: [2], floats: [8, -3]),
        WeightID("bn/moving_variance"): Tensor(shape: [2], floats: [16, 0.25]),
      ])
    #expect(affine.scale == [0.25, 2])
    #expect(affine.shift == [-2, 6])
  }

  @Test func kernelIsScaledByItsOutputChannel() throws {
    let pack = try folded(try twoChannels())
    #expect(pack.weights[WeightID("conv/kernel")]?.floats == [6, 1.25])
    // The batch-norm keeps its own numbers.
    #expect(pack.weights[WeightID("bn/gamma")]?.floats == [4, -1])
    #expect(pack.corrections["conv"] == FoldCorrection(ulps: [0, 0], exact: []))
  }

  @Test func depthwiseChannelIsInputTimesMultiplierPlusIndex() throws {
    let window = Window(size: Size2D(height: 1, width: 2), strides: Size2D(square: 1), padding: .same)
    let graph = try TestNetworks.chain([
      ("input", .input([2, 2, 2])), ("dw", .depthwiseConv2D(multiplier: 3, window, useBias: false, .linear)),
      ("bn", .batchNormalization(BatchNormalization(epsilon: 0))),
    ])
    // The scale of channel c·3 + m is 2 to its number.
    let gamma: [Float] = [1, 2, 4, 8, 16, 32]
    let ones = [Float](repeating: 1, count: 6)
    let kernel = (1...12).map { Float($0) }
    let model = try Model(
      graph: graph,
      weights: [
        WeightID("dw/depthwise_kernel"): Tensor(shape: [1, 2, 2, 3], floats: kernel),
        WeightID("bn/gamma"): Tensor(shape: [6], floats: gamma),
        WeightID("bn/beta"): Tensor(shape: [6], floats: ones),
        WeightID("bn/moving_mean"): Tensor(shape: [6], floats: ones),
        WeightID("bn/moving_variance"): Tensor(shape: [6], floats: ones),
      ])
    let pack = try folded(model)
    let expected: [Float] = [1, 4, 12, 32, 80, 192, 7, 16, 36, 80, 176, 384]
    #expect(pack.weights[WeightID("dw/depthwise_kernel")]?.floats == expected)
    #expect(try pack.unfolded().weights == model.weights)
  }

  @Test func normalizationIsFoundOnlyBehindAPlainConvolution() throws {
    let graph = try TestNetworks.small()
    #expect(graph.normalization(after: 1) == 2)
    #expect(graph.normalization(after: 3) == 4)
    #expect(graph.normalization(after: 0) == nil)
    #expect(graph.normalization(after: 2) == nil)
    #expect(graph.normalization(after: 8) == nil)
    let active = try TestNetworks.chain([
      ("input", .input([2, 2, 1])),
      ("conv", .conv2D(filters: 2, TestNetworks.window1x1, useBias: false, .relu)),
      ("bn", .batchNormalization(BatchNormalization())),
    ])
    #expect(active.normalization(after: 1) == nil)
  }

  @Test func aConvolutionThatOthersAlsoTakeDoesNotFold() throws {
    let graph = try Graph(
      name: "branch",
      layers: [
        Layer(name: "input", operation: .input([2, 2, 1]), inputs: []),
        Layer(
          name: "conv", operation: .conv2D(filters: 2, TestNetworks.window1x1, useBias: false, .linear),
          inputs: [0]),
        Layer(name: "bn", operation: .batchNormalization(BatchNormalization()), inputs: [1]),
        Layer(name: "relu", operation: .relu(maxValue: nil), inputs: [1]),
      ])
    #expect(graph.normalization(after: 1) == nil)
    let pack = try folded(try Model(graph: graph, weights: graph.madeUpWeights(seed: 1)))
    #expect(pack.corrections.isEmpty)
    #expect(pack.weights == graph.madeUpWeights(seed: 1))
  }

  @Test(arguments: ["conv:kernel", "conv:bias", "conv[0:1]", "conv_bn:gamma", "conv_bn:beta[1:2]"])
  func whatIsTrainedInPartDoesNotFold(_ expression: String) throws {
    let graph = try TestNetworks.small()
    let model = try Model(graph: graph, weights: graph.madeUpWeights(seed: 2))
    let pack = try folded(model, try FreezeMask(parsing: expression, in: graph))
    #expect(Set(pack.corrections.keys) == ["conv_dw", "conv_pw"])
    #expect(pack.weights[WeightID("conv/kernel")] == model.weights[WeightID("conv/kernel")])
    #expect(try pack.unfolded().weights == model.weights)
  }

  @Test func refreezingIsFoldingAnew() throws {
    let graph = try TestNetworks.small()
    let model = try Model(graph: graph, weights: graph.madeUpWeights(seed: 3))
    var pack = try folded(model)
    for expression in ["conv", "conv,conv_pw_bn", "*", "*:bias", "none", "conv_dw[1:3],dense"] {
      let mask = try FreezeMask(parsing: expression, in: graph)
      pack = try pack.refrozen(mask)
      let anew = try folded(model, mask)
      #expect(pack.mask == mask)
      #expect(pack.weights == anew.weights)
      #expect(pack.corrections == anew.corrections)
    }
    #expect(try pack.unfolded().weights == model.weights)
  }

  @Test func unfoldedKeepsWhatWasTrained() throws {
    let graph = try TestNetworks.small()
    let model = try Model(graph: graph, weights: graph.madeUpWeights(seed: 4))
    let dense = WeightID("dense/kernel")
    let pack = try folded(model, try FreezeMask(parsing: "dense", in: graph))
    let trained = graph.madeUpWeights(seed: 5)[dense]
    var expected = model.weights
    expected[dense] = trained
    var weights = pack.weights
    weights[dense] = trained
    let tuned = try Pack(
      graph: graph, mask: pack.mask, weights: weights, corrections: pack.corrections, labels: [],
      preprocessing: pack.preprocessing, provenance: noProvenance)
    #expect(try tuned.unfolded().weights == expected)
  }

  @Test func aForeignCorrectionIsFoundOut() throws {
    let graph = try TestNetworks.small()
    let pack = try folded(try Model(graph: graph, weights: graph.madeUpWeights(seed: 6)))
    let correction = try #require(pack.corrections["conv_pw"])
    let marked = try #require(
      FoldCorrection(
        ulps: [FoldCorrection.exactMark] + correction.ulps.dropFirst(),
        exact: [0x3f80_0000] + correction.exact))
    var corrections = pack.corrections
    corrections["conv_pw"] = marked
    let forged = try Pack(
      graph: graph, mask: pack.mask, weights: pack.weights, corrections: corrections, labels: [],
      preprocessing: pack.preprocessing, provenance: noProvenance)
    #expect(
      throws: GraphError.badCorrection(layer: "conv_pw", why: "does not fold back into the stored kernel")
    ) {
      try forged.unfolded()
    }
  }
}
