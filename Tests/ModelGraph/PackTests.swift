import ModelGraph
import Testing

/// A `Pack` is sound, or there is none.
@Suite struct PackTests {
  private func parts() throws -> (graph: Graph, pack: Pack) {
    let graph = try TestNetworks.small()
    let model = try Model(graph: graph, weights: graph.madeUpWeights(seed: 7))
    return (graph, try Pack(folding: model, mask: FreezeMask(), labels: [], provenance: noProvenance))
  }

  private func build(
    _ pack: Pack, mask: FreezeMask? = nil, weights: Weights? = nil,
    corrections: [String: FoldCorrection]? = nil,
    labels: [String] = []
  ) throws(GraphError) -> Pack {
    try Pack(
      graph: pack.graph, mask: mask ?? pack.mask, weights: weights ?? pack.weights,
      corrections: corrections ?? pack.corrections, labels: labels, preprocessing: pack.preprocessing,
      provenance: pack.provenance)
  }

  @Test func everyFoldedConvolutionHasACorrection() throws {
    let (_, pack) = try parts()
    #expect(throws: GraphError.missingCorrection(layer: "conv_dw")) {
      try build(pack, corrections: pack.corrections.filter { $0.key != "conv_dw" })
    }
  }

  @Test(arguments: ["dense", "conv_bn", "nowhere"])
  func nothingElseHasACorrection(_ layer: String) throws {
    let (_, pack) = try parts()
    let more = pack.corrections.merging([layer: try #require(FoldCorrection(ulps: [], exact: []))]) {
      old, _ in old
    }
    #expect(throws: GraphError.unexpectedCorrection(layer: layer)) { try build(pack, corrections: more) }
  }

  @Test func aTrainedConvolutionHasNoCorrection() throws {
    let (graph, pack) = try parts()
    #expect(throws: GraphError.unexpectedCorrection(layer: "conv_pw")) {
      try build(pack, mask: try FreezeMask(parsing: "conv_pw", in: graph))
    }
  }

  @Test func aCorrectionFitsItsKernel() throws {
    let (_, pack) = try parts()
    let short = try #require(FoldCorrection(ulps: [0, 1], exact: []))
    let error = GraphError.badCorrection(layer: "conv_pw", why: "has 2 entries for 30 elements")
    #expect(throws: error) {
      try build(pack, corrections: pack.corrections.merging(["conv_pw": short]) { _, new in new })
    }
  }

  @Test func aCorrectionIsSound() {
    #expect(FoldCorrection(ulps: [-1, 0, 1, .min], exact: [7])?.exact == [7])
    #expect(FoldCorrection(ulps: [2], exact: []) == nil)
    #expect(FoldCorrection(ulps: [-2], exact: []) == nil)
    #expect(FoldCorrection(ulps: [0, .min], exact: []) == nil)
    #expect(FoldCorrection(ulps: [0, 1], exact: [5]) == nil)
  }

  @Test func masksNameWhatThereIs() throws {
    let (_, pack) = try parts()
    let cases: [(String, ChannelMask, GraphError)] = [
      ("conv_pw/bias", .trainable, .unknownWeight(WeightID("conv_pw/bias"))),
      (
        "conv_bn/moving_mean", .trainable,
        .badMask(WeightID("conv_bn/moving_mean"), why: "trains a moving statistic")
      ),
      ("dense/bias", .channels([1..<3]), .badMask(WeightID("dense/bias"), why: "reaches channel 3 of 2")),
      (
        "dense/bias", .channels([0..<2]),
        .badMask(WeightID("dense/bias"), why: "lists 2 of 2 channels where it should say all or none")
      ),
      (
        "dense/bias", .channels([]),
        .badMask(WeightID("dense/bias"), why: "lists 0 of 2 channels where it should say all or none")
      ),
      (
        "conv_pw/kernel", .channels([0..<1, 1..<2]),
        .badMask(WeightID("conv_pw/kernel"), why: "has ranges that are empty, touch or are out of order")
      ),
      (
        "conv_pw/kernel", .channels([3..<4, 0..<1]),
        .badMask(WeightID("conv_pw/kernel"), why: "has ranges that are empty, touch or are out of order")
      ),
      (
        "conv_pw/kernel", .channels([-2 ..< -1]),
        .badMask(WeightID("conv_pw/kernel"), why: "has ranges that are empty, touch or are out of order")
      ),
    ]
    for (id, channels, error) in cases {
      var mask = FreezeMask()
      mask[WeightID(id)] = channels
      #expect(throws: error) { try build(pack, mask: mask) }
    }
  }

  @Test func labelsAreAsManyAsOutputs() throws {
    let (_, pack) = try parts()
    #expect(try build(pack, labels: ["cat", "dog"]).labels == ["cat", "dog"])
    #expect(throws: GraphError.labelCount(labels: 3, outputs: 2)) {
      try build(pack, labels: ["a", "b", "c"])
    }
  }

  @Test func weightsAreFloat32() throws {
    let (_, pack) = try parts()
    let half = Tensor(
      shape: [2], dtype: .float16,
      bytes: TensorBytes(count: 4) { $0.initializeMemory(as: UInt8.self, repeating: 0) })
    let error = GraphError.unsupportedDType(WeightID("dense/bias"), found: .float16)
    #expect(throws: error) {
      try build(pack, weights: pack.weights.merging([WeightID("dense/bias"): half]) { $1 })
    }
  }

  @Test func defaultMaskTrainsTheLastConvolutionAndTheClassifier() throws {
    let base = try MobileNetV1.graph(alpha: 0.25, inputSize: 128, includeTop: false)
    #expect(FreezeMask.default(for: base).channels == [WeightID("conv_pw_13/kernel"): .trainable])
    let top = try MobileNetV1.graph(alpha: 0.25, inputSize: 128, classes: 10)
    let trained: [String] = ["conv_pw_13/kernel", "conv_preds/kernel", "conv_preds/bias"]
    #expect(Set(FreezeMask.default(for: top).channels.keys) == Set(trained.map { WeightID($0) }))
    let renamed = try top.renamed { "left_\($0)_1" }
    #expect(
      Set(FreezeMask.default(for: renamed).channels.keys.map(\.layer)) == [
        "left_conv_pw_13_1", "left_conv_preds_1",
      ])
    // The last convolution that a batch-norm follows, whatever it is called.
    let small = try TestNetworks.small()
    let expected = ["conv_pw/kernel", "dense/kernel", "dense/bias"].map { WeightID($0) }
    #expect(
      FreezeMask.default(for: small).channels
        == Dictionary(uniqueKeysWithValues: expected.map { ($0, .trainable) }))
  }
}
