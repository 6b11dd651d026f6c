import ModelGraph
import Testing

/// Expressions over `TestNetworks.small()`, and what they train: tensors, with their channels where not all.
struct MaskCase: Sendable, CustomTestStringConvertible {
  let expression: String
  let trained: [String: ChannelMask]

  var testDescription: String { expression }

  init(_ expression: String, _ trained: [String: ChannelMask]) {
    self.expression = expression
    self.trained = trained
  }

  init(_ expression: String, whole: [String]) {
    self.init(expression, Dictionary(uniqueKeysWithValues: whole.map { ($0, .trainable) }))
  }

  static let kernels = ["conv/kernel", "conv_dw/depthwise_kernel", "conv_pw/kernel", "dense/kernel"]
  static let biases = ["conv/bias", "dense/bias"]
  static let normalizations = ["conv_bn", "conv_dw_bn", "conv_pw_bn"].flatMap {
    [$0 + "/gamma", $0 + "/beta"]
  }

  static let all = [
    MaskCase("none", [:]),
    MaskCase("*", whole: kernels + biases + normalizations),
    MaskCase("..", whole: kernels + biases + normalizations),
    MaskCase("*,-*_bn", whole: kernels + biases),
    MaskCase("*:bias", whole: biases),
    MaskCase("*:kernel", whole: kernels),
    MaskCase("*:depthwise_kernel", whole: ["conv_dw/depthwise_kernel"]),
    MaskCase("dense", whole: ["dense/kernel", "dense/bias"]),
    MaskCase("conv_pw,dense", whole: ["conv_pw/kernel", "dense/kernel", "dense/bias"]),
    MaskCase(" conv_pw , dense:bias ", whole: ["conv_pw/kernel", "dense/bias"]),
    MaskCase(
      "conv_pw..",
      whole: ["conv_pw/kernel", "conv_pw_bn/gamma", "conv_pw_bn/beta", "dense/kernel", "dense/bias"]),
    MaskCase("..conv", whole: ["conv/kernel", "conv/bias"]),
    MaskCase("conv_dw..conv_pw:kernel", whole: ["conv_dw/depthwise_kernel", "conv_pw/kernel"]),
    MaskCase("flatten..softmax", whole: ["dense/kernel", "dense/bias"]),
    MaskCase(
      "conv_??", whole: ["conv_dw/depthwise_kernel", "conv_pw/kernel"] + ["conv_bn/gamma", "conv_bn/beta"]),
    MaskCase("conv_pw[0:2]", ["conv_pw/kernel": .channels([0..<2])]),
    MaskCase("conv_pw[2:]", ["conv_pw/kernel": .channels([2..<5])]),
    MaskCase("conv_pw[:2]", ["conv_pw/kernel": .channels([0..<2])]),
    MaskCase("conv_pw[0:5]", ["conv_pw/kernel": .trainable]),
    MaskCase("conv_pw[:]", ["conv_pw/kernel": .trainable]),
    MaskCase("conv_dw[5:6]", ["conv_dw/depthwise_kernel": .channels([5..<6])]),
    MaskCase("dense[1:2]", ["dense/kernel": .channels([1..<2]), "dense/bias": .channels([1..<2])]),
    MaskCase("dense:bias[0:1]", ["dense/bias": .channels([0..<1])]),
    MaskCase("conv_pw[0:2],conv_pw[2:4]", ["conv_pw/kernel": .channels([0..<4])]),
    MaskCase("conv_pw[0:1],conv_pw[4:5],conv_pw[2:3]", ["conv_pw/kernel": .channels([0..<1, 2..<3, 4..<5])]),
    MaskCase("conv_pw[0:1],conv_pw[4:5],conv_pw[0:4]", ["conv_pw/kernel": .trainable]),
    MaskCase("conv_pw,-conv_pw[1:3]", ["conv_pw/kernel": .channels([0..<1, 3..<5])]),
    MaskCase("conv_pw,-conv_pw[0:5]", [:]),
    MaskCase("conv_pw,-conv_pw[1:3],conv_pw[2:3]", ["conv_pw/kernel": .channels([0..<1, 2..<5])]),
    MaskCase("-dense,dense:bias", ["dense/bias": .trainable]),
    MaskCase("*,-..conv_pw_bn", whole: ["dense/kernel", "dense/bias"]),
  ]
}

@Suite struct MaskParsingTests {
  @Test("A mask expression trains what it says", arguments: MaskCase.all)
  func expressionTrainsWhatItSays(_ mask: MaskCase) throws {
    let graph = try TestNetworks.small()
    let expected = Dictionary(uniqueKeysWithValues: mask.trained.map { (WeightID($0.key), $0.value) })
    #expect(try FreezeMask(parsing: mask.expression, in: graph).channels == expected)
  }

  @Test func badExpressionsSayWhatIsWrong() throws {
    let graph = try TestNetworks.small()
    let nearest = ["conv_pw", "conv_dw", "conv_bn"]
    let cases: [(String, MaskError)] = [
      ("", .emptyTerm), ("dense,,conv", .emptyTerm), ("dense,", .emptyTerm), ("-", .emptyTerm),
      ("none,dense", .noneAmongOthers),
      ("conv_px", .noSuchLayer(term: "conv_px", nearest: nearest)),
      ("x*", .noSuchLayer(term: "x*", nearest: ["conv", "dense", "conv_pw"])),
      ("conv_px..dense", .noSuchLayer(term: "conv_px..dense", nearest: nearest)),
      ("dense..conv", .backwards(term: "dense..conv")),
      ("dense:weight", .noSuchTensor(term: "dense:weight", name: "weight")),
      ("dense:", .noSuchTensor(term: "dense:", name: "")),
      ("dense:gamma", .nothingToTrain(term: "dense:gamma", why: "layer 'dense' has no tensor 'gamma'")),
      ("flatten", .nothingToTrain(term: "flatten", why: "layer 'flatten' has no trainable tensor")),
      (
        "flat*..softmax:bias",
        .noSuchLayer(term: "flat*..softmax:bias", nearest: ["dense", "conv", "conv_pw"])
      ),
      ("*_bn:kernel", .nothingToTrain(term: "*_bn:kernel", why: "none of the layers has a tensor 'kernel'")),
      (
        "*:moving_mean",
        .nothingToTrain(term: "*:moving_mean", why: "moving statistics follow the data and are never trained")
      ),
      ("dense[2:1]", .badSlice(term: "dense[2:1]")), ("dense[1]", .badSlice(term: "dense[1]")),
      ("dense[-1:1]", .badSlice(term: "dense[-1:1]")), ("dense[a:b]", .badSlice(term: "dense[a:b]")),
      ("dense[0:99999999999999999999]", .badSlice(term: "dense[0:99999999999999999999]")),
      ("dense[0:3]", .sliceTooLong(term: "dense[0:3]", weight: WeightID("dense/kernel"), channels: 2)),
      ("dense[2:]", .sliceTooLong(term: "dense[2:]", weight: WeightID("dense/kernel"), channels: 2)),
    ]
    for (expression, error) in cases {
      #expect(throws: error, "\(expression)") { try FreezeMask(parsing: expression, in: graph) }
    }
  }

  @Test func errorNamesTheNearestLayers() throws {
    let graph = try MobileNetV1.graph(includeTop: false)
    #expect {
      try FreezeMask(parsing: "conv_pw_14,dense", in: graph)
    } throws: {
      "\($0)" == "mask term 'conv_pw_14' matches no layer; nearest: conv_pw_13, conv_pw_12, conv_pw_11"
    }
  }

  @Test func aNameThatLooksLikeMoreIsTakenAsItStands() throws {
    let dense = Operation.dense(units: 2, useBias: false, .linear)
    let graph = try TestNetworks.chain([
      ("input", .input([2])), ("a..b", dense), ("c*", dense), ("d[0:1]", dense), ("-e", dense),
      ("none", dense),
      ("c1", dense),
    ])
    for name in ["a..b", "c*", "d[0:1]", "-e", "none"] {
      let id = WeightID(layer: name, name: .kernel)
      #expect(try FreezeMask(parsing: name, in: graph).channels == [id: .trainable])
    }
  }

  @Test func patternsCannotBeMadeSlow() throws {
    let name = String(repeating: "a", count: 5000)
    let graph = try TestNetworks.chain([
      ("input", .input([2])), (name, .dense(units: 1, useBias: false, .linear)),
    ])
    let pattern = String(repeating: "*a", count: 500) + "b"
    let clock = ContinuousClock()
    let time = clock.measure {
      #expect(throws: MaskError.self) { try FreezeMask(parsing: pattern, in: graph) }
    }
    #expect(time < .seconds(2))
  }
}

@Suite struct MaskSummaryTests {
  @Test(arguments: [
    ("none", "none"), ("*", "*"), ("..", "*"), ("*,-*_bn", "*,-*_bn"), ("*:bias", "*:bias"),
    ("*:kernel", "*:kernel"),
    ("dense", "dense"), ("dense,conv_pw", "conv_pw,dense"), ("conv_pw..", "conv_pw.."),
    ("..conv_dw", "..conv_dw"),
    ("conv_bn..conv_pw", "conv_bn..conv_pw"), ("conv_pw[2:4]", "conv_pw[2:4]"),
    ("conv_pw,-conv_pw[1:3]", "conv_pw[0:1],conv_pw[3:5]"), ("dense[0:1]", "dense[0:1]"),
    ("dense,-dense:bias[0:1]", "dense:kernel,dense:bias[1:2]"), ("*_bn", "*_bn"),
  ])
  func summaryIsTheShortestUsualExpression(_ expression: String, _ summary: String) throws {
    let graph = try TestNetworks.small()
    #expect(try FreezeMask(parsing: expression, in: graph).summary(in: graph) == summary)
  }

  @Test func summaryOfTheDefaultMask() throws {
    let graph = try MobileNetV1.graph()
    #expect(FreezeMask.default(for: graph).summary(in: graph) == "conv_pw_13,conv_preds")
  }

  @Test func summaryParsesBack() throws {
    let graph = try TestNetworks.small()
    var random = SplitMix64(seed: 11)
    for _ in 0..<300 {
      var mask = FreezeMask()
      for id in graph.weightIDs where id.name.isTrainable && Bool.random(using: &random) {
        let count = graph.spec(of: id)?.channelCount ?? 1
        let from = Int.random(in: 0..<count, using: &random)
        let to = Int.random(in: from + 1...count, using: &random)
        mask[id] = to - from == count || Bool.random(using: &random) ? .trainable : .channels([from..<to])
      }
      let summary = mask.summary(in: graph)
      #expect(try FreezeMask(parsing: summary, in: graph) == mask, "\(summary)")
    }
  }

  @Test func trainableParametersAreCounted() throws {
    let graph = try TestNetworks.small()
    let count = { try FreezeMask(parsing: $0, in: graph).trainableParameterCount(in: graph) }
    #expect(try count("none") == 0)
    // All but the moving statistics of three batch-norms over 3, 6 and 5 channels.
    #expect(try count("*") == 359 - 2 * 14)
    #expect(try count("conv[1:2]") == 3 * 3 * 2 + 1)
    #expect(try count("conv_dw[0:4]") == 3 * 3 * 4)
    #expect(try count("dense[0:1]") == 81)
  }
}
