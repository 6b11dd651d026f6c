import ModelGraph
import PackFile
import Testing

/// Deltas between packs as training makes them.
@Suite struct DeltaTests {
  private static let labels = ["a", "b", "c", "d", "e"]

  private func base(
    _ graph: Graph? = nil, mask: String = "conv_pw_13,conv_preds", typed: Bool = false
  ) throws -> Pack {
    let graph = try graph ?? MobileNetV1.graph(alpha: 0.25, inputSize: 128, classes: 5)
    var weights = graph.madeUpWeights(seed: 3)
    for (index, id) in graph.weightIDs.enumerated() where typed && index % 3 == 0 {
      weights[id] = weights[id]?.rounded(to: DType.allCases[index / 3 % 4])
    }
    return try Pack(
      folding: Model(graph: graph, weights: weights), mask: FreezeMask(parsing: mask, in: graph), labels: [],
      provenance: Provenance(sourceName: "base.h5", sourceDigest: "", toolVersion: "0"))
  }

  private func digested(_ pack: Pack) throws -> DigestedPack {
    try DigestedPack(decoding: PackFile.encode(pack))
  }

  /// That a delta, written and read, gives the very bytes of `tuned`; returns it.
  @discardableResult
  private func expectDelta(_ base: Pack, _ tuned: Pack) throws -> Delta {
    let before = try digested(base)
    let delta = try Delta(from: before, to: digested(tuned))
    let bytes = try DeltaFile.encode(delta)
    let back = try DeltaFile.decode(bytes)
    #expect(try DeltaFile.encode(back) == bytes)
    #expect(back.weights == delta.weights)
    #expect(try back.applied(to: before).array == PackFile.encode(tuned))
    return back
  }

  @Test(
    arguments: [
      "conv_pw_13,conv_preds", "*", "*,-*_bn", "*_bn", "*:bias", "conv_preds:bias", "conv_dw_4..conv_pw_5_bn",
      "conv_pw_13[3:100],conv_pw_13[200:256],conv_dw_13[0:7],conv_pw_1_bn:gamma[1:2],conv_preds[4:5]",
    ])
  func aDeltaGivesTheTunedPack(_ mask: String) throws {
    let base = try base()
    let graph = base.graph
    let tuned = try base.trained(FreezeMask(parsing: mask, in: graph))
    let delta = try expectDelta(base, tuned)
    #expect(delta.weights.map(\.id) == graph.weightIDs.filter { tuned.mask.moves($0) })
    #expect(delta.weights.allSatisfy { !$0.isHalved })
  }

  /// Kernels in fewer bits, variables of every type, compressed storage.
  @Test(arguments: [nil] + ReducedPrecision.Kind.allCases.map(Optional.some), [false, true])
  func everyFormOfABaseHasDeltas(_ kind: ReducedPrecision.Kind?, _ compresses: Bool) throws {
    var base = try base(typed: true)
    if let kind { base = try base.reduced(to: kind) }
    base.compresses = compresses
    for mask in ["conv_pw_13,conv_preds", "conv_pw_12[1:9],conv_pw_13,conv_pw_3_bn"] {
      try expectDelta(base, base.trained(FreezeMask(parsing: mask, in: base.graph)))
    }
  }

  @Test func aTensorThatIsTrainedInPartIsCarriedInPart() throws {
    let base = try base()
    let tuned = try base.trained(FreezeMask(parsing: "conv_pw_13[0:16]", in: base.graph))
    let delta = try expectDelta(base, tuned)
    #expect(delta.weights.map(\.elementCount) == [256 * 16])
    #expect(try DeltaFile.encode(delta).count < 4 * 256 * 16 + 16_000)
  }

  @Test func nothingTrainedIsNothingCarried() throws {
    let base = try base()
    #expect(try expectDelta(base, base).weights.isEmpty)
    let refrozen = try base.refrozen(FreezeMask(parsing: "*", in: base.graph))
    #expect(try expectDelta(base, refrozen).weights.isEmpty)
    #expect(try expectDelta(refrozen, base).weights.isEmpty)
  }

  @Test func aNewHeadIsCarried() throws {
    let features = try base(
      MobileNetV1.graph(alpha: 0.25, inputSize: 128, includeTop: false), mask: "conv_pw_13")
    let fitted = try features.withHead(labels: DeltaTests.labels, seed: 1)
    let delta = try expectDelta(features, fitted.trained(fitted.mask))
    #expect(delta.labels == DeltaTests.labels)
    #expect(delta.weights.map(\.id.description) == ["conv_pw_13/kernel", "dense/kernel", "dense/bias"])
    // Frozen, it is no part of the base either.
    let frozen = try fitted.refrozen(FreezeMask(parsing: "conv_pw_13", in: fitted.graph))
    #expect(try expectDelta(features, frozen.trained(frozen.mask)).weights.count == 3)
    // In place of another head.
    let other = try base()
    #expect(try expectDelta(other, fitted).weights.map(\.id.layer) == ["dense", "dense"])
    try expectDelta(other, fitted.trained(fitted.mask))
  }

  /// What the base left trainable may have been trained before it was frozen, and folded.
  @Test func aTensorThatWasFrozenAfterTrainingIsCarriedFolded() throws {
    let base = try base(mask: "conv_pw_13,conv_pw_12_bn,conv_preds")
    let trained = try base.trained(base.mask)
    let refrozen = try trained.refrozen(FreezeMask(parsing: "conv_preds", in: base.graph))
    let delta = try expectDelta(base, refrozen.trained(refrozen.mask))
    #expect(
      Set(delta.weights.map(\.id.layer)) == ["conv_pw_12", "conv_pw_12_bn", "conv_pw_13", "conv_preds"])
  }

  @Test(arguments: ["conv_pw_13,conv_preds", "*", "conv_pw_13[0:16],conv_preds"], [false, true])
  func halvedDeltasGiveRoundedKernels(_ mask: String, _ compresses: Bool) throws {
    var base = try base()
    base.compresses = compresses
    let tuned = try base.trained(FreezeMask(parsing: mask, in: base.graph))
    let before = try digested(base)
    let whole = try DeltaFile.encode(Delta(from: before, to: digested(tuned))).count
    let delta = try DeltaFile.decode(DeltaFile.encode(Delta(from: before, to: digested(tuned), halves: true)))
    #expect(try DeltaFile.encode(delta).count < whole * (compresses ? 9 : 7) / 10)
    let result = try PackFile.decode(delta.applied(to: before).array)
    #expect(result.mask == tuned.mask)
    for id in base.graph.weightIDs {
      let exact = try #require(tuned.weights[id])
      let found = try #require(result.weights[id])
      let isKernel = [.kernel, .depthwiseKernel].contains(id.name)
      guard isKernel, case let ranges = tuned.mask.ranges(of: id, in: base.graph), !ranges.isEmpty else {
        #expect(found == exact)
        continue
      }
      let channels = try #require(base.graph.spec(of: id)).channelCount
      let expected = exact.floats.enumerated().map { index, value in
        ranges.contains { $0.contains(index % channels) } ? Float(Float16(value)) : value
      }
      #expect(found.floats == expected)
    }
  }

  @Test func whatHalfPrecisionCannotHoldIsCarriedWhole() throws {
    let base = try base()
    let id = WeightID(layer: "conv_pw_13", name: .kernel)
    var kernel = try #require(base.weights[id]).floats
    kernel[5] = 1e9
    let large = try base.replacing([id: Tensor(shape: [1, 1, 256, 256], floats: kernel)])
    let before = try digested(base)
    let delta = try Delta(from: before, to: digested(large), halves: true)
    #expect(delta.weights.map(\.isHalved) == [false])
    #expect(try delta.applied(to: before).array == PackFile.encode(large))
  }

  @Test func anotherNetworkHasNoDelta() throws {
    let base = try base()
    func expect(_ mismatch: DeltaMismatch, _ tuned: Pack) throws {
      let (before, after) = (try digested(base), try digested(tuned))
      #expect(throws: mismatch) { try Delta(from: before, to: after) }
    }
    try expect(.frozen(WeightID(layer: "conv1", name: .kernel)), try base.trained(base.mask, also: "conv1"))
    try expect(
      .frozen(WeightID(layer: "conv_dw_5_bn", name: .movingMean)),
      try base.trained(base.mask, also: "conv_dw_5_bn", name: .movingMean))
    try expect(
      .configuration(layer: "input_1"),
      try self.base(MobileNetV1.graph(alpha: 0.25, inputSize: 160, classes: 5)))
    try expect(
      .configuration(layer: "conv1"), try self.base(MobileNetV1.graph(alpha: 0.5, inputSize: 128, classes: 5))
    )
    var scaled = base
    scaled.preprocessing = Preprocessing(divisor: 255, offset: 0)
    try expect(.preprocessing, scaled)
    let renamed = try Graph(
      name: "x",
      layers: base.graph.layers.map { Layer(name: $0.name + "_", operation: $0.operation, inputs: $0.inputs) }
    )
    try expect(.layer(inBase: "input_1", inTuned: "input_1_"), try self.base(renamed, mask: "none"))
  }

  @Test func frozenChannelsMustNotDiffer() throws {
    let base = try base(mask: "conv_preds")
    let mask = try FreezeMask(parsing: "conv_pw_13[0:16]", in: base.graph)
    let whole = try base.trained(FreezeMask(parsing: "conv_pw_13", in: base.graph)).refrozen(mask)
    let (before, after) = (try digested(base), try digested(whole))
    #expect(throws: DeltaMismatch.frozen(WeightID(layer: "conv_pw_13", name: .kernel))) {
      try Delta(from: before, to: after)
    }
  }

  /// The network of the README at full width, fine-tuned to five classes.
  @Test func theUsualDeltaHasFourMegabytes() throws {
    let graph = try MobileNetV1.graph(includeTop: false)
    let features = try base(graph, mask: "conv_pw_13")
    let fitted = try features.withHead(labels: DeltaTests.labels, seed: 1)
    let (before, after) = (try digested(features), try digested(fitted.trained(fitted.mask)))
    // conv_pw_13 and dense: 1,048,576 and 5,125 parameters.
    let raw = 4 * (1_048_576 + 5_125)
    let whole = try DeltaFile.encode(Delta(from: before, to: after)).count
    #expect((raw..<raw + 16_000).contains(whole), "\(whole) bytes")
    let halved = try DeltaFile.encode(Delta(from: before, to: after, halves: true)).count
    #expect((raw / 2..<raw / 2 + 16_000).contains(halved), "\(halved) bytes")
  }
}

extension Pack {
  /// This pack as training leaves it: every trained channel has moved, and the statistics of the batch-norms of which
  /// anything is trained.
  ///
  /// - Parameter also: A layer that changes too, though it is frozen.
  fileprivate func trained(_ mask: FreezeMask, also: String? = nil, name: WeightName = .kernel) throws -> Pack
  {
    let pack = try refrozen(mask)
    var random = SplitMix64(seed: 9)
    var trained: Weights = [:]
    for id in graph.weightIDs where mask.moves(id) || id == also.map({ WeightID(layer: $0, name: name) }) {
      guard let tensor = pack.weights[id], let channels = graph.spec(of: id)?.channelCount else { continue }
      let ranges = mask.ranges(of: id, in: graph)
      let floats = tensor.floats.enumerated().map { index, value in
        ranges.isEmpty || ranges.contains { $0.contains(index % channels) }
          ? value * Float.random(in: 1.1...1.5, using: &random) + 1e-3 : value
      }
      trained[id] = Tensor(shape: tensor.shape, floats: floats)
    }
    return try pack.replacing(trained)
  }
}

extension FreezeMask {
  /// Whether training changes the weight: moving statistics follow their layer.
  fileprivate func moves(_ id: WeightID) -> Bool {
    id.name.isTrainable ? self[id] != .frozen : trains(layer: id.layer)
  }

  /// The trained channels of a weight.
  fileprivate func ranges(of id: WeightID, in graph: Graph) -> [Range<Int>] {
    switch self[id] {
    case .frozen: []
    case .trainable: [0..<(graph.spec(of: id)?.channelCount ?? 0)]
    case .channels(let ranges): ranges
    }
  }
}
