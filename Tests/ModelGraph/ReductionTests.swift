import ModelGraph
import Testing

/// Kernels in fewer bits, and what is said of how far they are from Keras's.
@Suite struct ReductionTests {
  static let kinds = ReducedPrecision.Kind.allCases

  private func pack(_ graph: Graph, _ mask: String = "none", seed: UInt64 = 1) throws -> Pack {
    let model = try Model(graph: graph, weights: graph.madeUpWeights(seed: seed))
    return try Pack(
      folding: model, mask: try FreezeMask(parsing: mask, in: graph), labels: [], provenance: noProvenance)
  }

  private func mobileNet() throws -> Graph {
    try MobileNetV1.graph(alpha: 0.25, inputSize: 128, includeTop: false)
  }

  @Test func int8IsTheNearestMultipleOfTheScale() {
    // An element a channel; ties to even, limited to ±127, and no −0.
    let kernel = Tensor(shape: [1, 12], floats: [0.5, 1, 0.75, -1, 1, 3, -0.2, -3, 100, 0, -100, -0.0])
    let reduced = ReducedPrecision.int8(scales: (0..<12).map { $0 % 2 == 0 ? 0.5 : 2 })
      .applied(to: kernel, channels: 12)
    #expect(reduced.floats == [0.5, 0, 1, 0, 1, 4, 0, -4, 63.5, 0, -63.5, 0])
    #expect(reduced.floats.allSatisfy { $0 != 0 || $0.sign == .plus })
    #expect(ReducedPrecision.int8(scales: [0]).applied(to: kernel, channels: 1).floats.allSatisfy { $0 == 0 })
  }

  @Test func halvesAreTheNearest() {
    let kernel = Tensor(shape: [1, 4], floats: [1 + 0x1p-11, -0.0, 1 + 0x1p-8, 0x1p-25])
    #expect(
      ReducedPrecision.float16.applied(to: kernel, channels: 4)
        == Tensor(shape: [1, 4], floats: [1, -0.0, 1 + 0x1p-8, 0]))
    #expect(
      ReducedPrecision.bfloat16.applied(to: kernel, channels: 4)
        == Tensor(shape: [1, 4], floats: [1, -0.0, 1, 0x1p-25]))
  }

  /// −1.2 steps in all, of which one can be taken back; the one nearest to a tie goes.
  @Test func errorsOfAChannelCancel() {
    let kernel = Tensor(shape: [3, 2], floats: [0.4, 1.25, 0.45, -2.25, 0.35, 3])
    let reduced = ReducedPrecision.int8(scales: [1, 1]).applied(to: kernel, channels: 2)
    #expect(reduced.floats == [0, 1, 1, -2, 0, 3])
    // 1 is followed by 1 + 2⁻¹⁰ in float16; −1 by −1 + 2⁻¹¹.
    let halves = Tensor(shape: [4, 1], floats: [1 + 0x1p-12, 1 + 0x1.2p-12, 1 + 0x1p-12, 1 + 0x1p-12])
    #expect(
      ReducedPrecision.float16.applied(to: halves, channels: 1).floats == [1, 1 + 0x1p-10, 1, 1])
    // A clipped element is made up for by the others, not by itself.
    let clipped = Tensor(shape: [3, 1], floats: [129, 0.4, 0.3])
    #expect(ReducedPrecision.int8(scales: [1]).applied(to: clipped, channels: 1).floats == [127, 1, 1])
  }

  @Test(arguments: kinds)
  func errorsOfLongChannelsCancel(_ kind: ReducedPrecision.Kind) throws {
    let graph = try mobileNet()
    let whole = try pack(graph)
    let reduced = try whole.reduced(to: kind)
    for (id, precision) in reduced.reductions {
      let (before, after) = (try #require(whole.weights[id]), try #require(reduced.weights[id]))
      let channels = try #require(graph.spec(of: id)).channelCount
      #expect(precision.applied(to: after, channels: channels) == after, "\(id)")
      let (x, y) = (before.floats, after.floats)
      guard x.count >= 64 * channels else { continue }
      for channel in 0..<channels {
        let errors = stride(from: channel, to: x.count, by: channels).map { Double(y[$0]) - Double(x[$0]) }
        let largest = errors.reduce(0) { max($0, abs($1)) }
        #expect(abs(errors.reduce(0, +)) <= 2 * largest, "\(id), channel \(channel)")
      }
    }
  }

  /// The squared error of the chosen scales against an exhaustive search, a channel at a time.
  @Test(arguments: [9, 27, 64, 500])
  func scalesAreCloseToTheBest(_ elements: Int) throws {
    let channels = 21
    let graph = try TestNetworks.pointwise(channels: elements, filters: channels)
    let id = WeightID("conv/kernel")
    let floats = try #require(pack(graph, "bn:gamma", seed: 3).weights[id]).floats
    // Nothing is folded where gamma is trained.
    let reduced = try pack(graph, "bn:gamma", seed: 3).reduced(to: .int8)
    guard case .int8(let scales)? = reduced.reductions[id] else {
      Issue.record("the kernel is not int8")
      return
    }
    func error(_ channel: Int, _ scale: Float) -> Double {
      stride(from: channel, to: floats.count, by: channels).reduce(0) { sum, index in
        let element = Double(floats[index])
        let q = min(max((element / Double(scale)).rounded(.toNearestOrEven), -127), 127)
        return sum + (element - q * Double(scale)) * (element - q * Double(scale))
      }
    }
    for channel in stride(from: 0, to: channels, by: 5) {
      let largest = stride(from: channel, to: floats.count, by: channels).reduce(Float(0)) {
        max($0, abs(floats[$1]))
      }
      let found = error(channel, scales[channel])
      #expect(found <= error(channel, largest / 127) * 1.000_01)
      let best = (0..<2000).reduce(Double.infinity) { least, step in
        min(least, error(channel, largest / (80 + 60 * Float(step) / 2000)))
      }
      #expect(found <= best * 1.25, "\(elements) elements, channel \(channel)")
    }
  }

  @Test(arguments: kinds)
  func frozenKernelsAreReducedAndNothingElse(_ kind: ReducedPrecision.Kind) throws {
    let graph = try TestNetworks.small()
    let whole = try pack(graph, "conv_pw,dense:bias,conv_bn:gamma")
    let reduced = try whole.reduced(to: kind)
    let expected = ["conv/kernel", "conv_dw/depthwise_kernel", "dense/kernel"].map { WeightID($0) }
    #expect(Set(reduced.reductions.keys) == Set(expected))
    #expect(Set(reduced.approximations.keys) == Set(expected))
    #expect(reduced.corrections.isEmpty)
    for id in graph.weightIDs {
      let isReduced = expected.contains(id)
      #expect((reduced.weights[id] != whole.weights[id]) == isReduced, "\(id)")
      #expect(reduced.elementType(of: id).rawValue == (isReduced ? kind.rawValue : "float32"))
    }
    let precision = try #require(reduced.reductions[expected[1]])
    #expect(
      precision.applied(to: try #require(whole.weights[expected[1]]), channels: 6)
        == reduced.weights[expected[1]])
  }

  @Test(arguments: kinds)
  func approximationsSayHowFarTheVariablesMoved(_ kind: ReducedPrecision.Kind) throws {
    let graph = try mobileNet()
    let reduced = try pack(graph).reduced(to: kind)
    let before = graph.madeUpWeights(seed: 1)
    let after = try reduced.unfolded().weights
    for id in graph.weightIDs {
      let (x, y) = (try #require(before[id]).floats, try #require(after[id]).floats)
      let largest = zip(x, y).reduce(0.0) { max($0, abs(Double($1.0) - Double($1.1))) }
      if let error = reduced.approximations[id] {
        #expect(Double(error) >= largest && Double(error.nextDown) < largest, "\(id)")
      } else {
        #expect(x == y, "\(id)")
      }
    }
    #expect(reduced.approximations.count == 27)
  }

  @Test(arguments: kinds)
  func anotherMaskChangesNoValue(_ kind: ReducedPrecision.Kind) throws {
    let graph = try TestNetworks.small()
    var pack = try pack(graph).reduced(to: kind)
    let values = try pack.unfolded().weights
    let approximations = pack.approximations
    var reduced = Set(pack.reductions.keys)
    for mask in ["conv", "conv_pw_bn:beta", "dense[0:1],conv_dw", "none"] {
      pack = try pack.refrozen(try FreezeMask(parsing: mask, in: graph))
      #expect(try pack.unfolded().weights == values, "\(mask)")
      #expect(pack.approximations == approximations)
      #expect(reduced.isSuperset(of: pack.reductions.keys))
      reduced = Set(pack.reductions.keys)
    }
    #expect(reduced.isEmpty)
    #expect(pack.corrections.keys.sorted() == ["conv", "conv_dw", "conv_pw"])
  }

  @Test func whatWasTrainedIsNoApproximation() throws {
    let graph = try TestNetworks.small()
    let id = WeightID("conv/kernel")
    let reduced = try pack(graph).reduced(to: .int8).refrozen(try FreezeMask(parsing: "conv", in: graph))
    #expect(reduced.approximations[id] != nil)
    let trained = try #require(graph.madeUpWeights(seed: 2)[id])
    let tuned = try reduced.replacing([id: trained]).refrozen(FreezeMask())
    #expect(tuned.approximations[id] == nil)
    #expect(tuned.approximations.count == reduced.approximations.count - 1)
    #expect(try tuned.unfolded().weights[id] == trained)
  }

  @Test func reducingTwiceAddsUp() throws {
    let graph = try TestNetworks.small()
    let once = try pack(graph).reduced(to: .bfloat16)
    #expect(try once.reduced(to: .float16).forms == once.forms)
    let twice = try once.reduced(to: .int8)
    #expect(twice.reductions.values.allSatisfy { $0.kind == .int8 })
    let after = try twice.unfolded().weights
    for (id, before) in graph.madeUpWeights(seed: 1) {
      let distance = Distance(between: before, and: try #require(after[id])).largest
      #expect(distance <= twice.approximations[id] ?? 0)
    }
  }

  @Test(arguments: kinds)
  func variablesOfFewerBitsKeepTheirOriginals(_ kind: ReducedPrecision.Kind) throws {
    let graph = try TestNetworks.small()
    let id = WeightID("conv/kernel")
    var weights = graph.madeUpWeights(seed: 4)
    weights[id] = weights[id]?.rounded(to: .bfloat16)
    let model = try Model(graph: graph, weights: weights)
    let pack = try Pack(folding: model, mask: FreezeMask(), labels: [], provenance: noProvenance)
    let reduced = try pack.reduced(to: kind)
    let back = try #require(try reduced.unfolded().weights[id])
    #expect(back.dtype == .bfloat16)
    if kind == .int8 {
      #expect(reduced.originals[id] == nil)
      let distance = Distance(between: back, and: try #require(weights[id])).largest
      #expect(reduced.approximations[id] == distance)
    } else {
      #expect(reduced.originals[id] == weights[id])
      #expect(reduced.approximations[id] == nil)
    }
  }

  /// What is not finite, or would not be, stays as it is and exact; dead channels come back as zeros.
  @Test(arguments: kinds)
  func hardKernels(_ kind: ReducedPrecision.Kind) throws {
    let graph = try TestNetworks.pointwise(channels: 2, filters: 3, epsilon: 0)
    let id = WeightID("conv/kernel")
    func reduced(_ kernel: [Float], gamma: [Float]) throws -> (Pack, Weights) {
      let vector = { (floats: [Float]) in Tensor(shape: [3], floats: floats) }
      let model = try Model(
        graph: graph,
        weights: [
          id: Tensor(shape: [1, 1, 2, 3], floats: kernel), WeightID("bn/gamma"): vector(gamma),
          WeightID("bn/beta"): vector(gamma), WeightID("bn/moving_mean"): vector(gamma),
          WeightID("bn/moving_variance"): vector([1, 1, 1]),
        ])
      let pack = try Pack(folding: model, mask: FreezeMask(), labels: [], provenance: noProvenance)
      return (try pack.reduced(to: kind), model.weights)
    }
    for hostile in [Float.infinity, .nan, .greatestFiniteMagnitude] {
      let (pack, weights) = try reduced([1, 2, hostile, 4, 5, 6], gamma: [1, 1, 2])
      #expect(pack.reductions.isEmpty)
      #expect(try pack.unfolded().weights == weights)
    }
    let (pack, _) = try reduced([3, 2, 1, 4, -5, 0x1p-133], gamma: [0, 0x1p-149, -1])
    #expect(pack.reductions[id] != nil)
    let back = try #require(try pack.unfolded().weights[id]).floats
    #expect(back[0] == 0 && back[3] == 0)
    #expect(back.allSatisfy { $0.isFinite })
    #expect(try #require(pack.approximations[id]) >= 4)
  }

  @Test func alphaOneIsReducedInTime() throws {
    let graph = try MobileNetV1.graph(includeTop: false)
    let pack = try pack(graph)
    let clock = ContinuousClock()
    for kind in ReductionTests.kinds {
      let start = clock.now
      let reduced = try pack.reduced(to: kind)
      #expect(clock.now - start < .seconds(5), "\(kind)")
      #expect(reduced.reductions.count == 27)
    }
  }

  @Test(arguments: kinds)
  func aNewHeadLeavesTheRestAsItIs(_ kind: ReducedPrecision.Kind) throws {
    let graph = try mobileNet()
    let whole = try pack(graph, "conv_pw_13")
    let exact = try whole.withHead(labels: ["a", "b"], seed: 3)
    #expect(exact.labels == ["a", "b"])
    #expect(exact.mask.summary(in: exact.graph) == "conv_pw_13,dense")
    let anew = try Pack(
      folding: whole.unfolded().withHead(classes: 2, seed: 3), mask: exact.mask, labels: ["a", "b"],
      provenance: noProvenance)
    #expect(exact.weights == anew.weights)
    #expect(exact.corrections == anew.corrections)
    let reduced = try whole.reduced(to: kind)
    let extended = try reduced.withHead(labels: ["a", "b"], seed: 3)
    #expect(extended.forms == reduced.forms)
    #expect(reduced.weights.allSatisfy { extended.weights[$0.key] == $0.value })
    #expect(try extended.withHead(labels: ["c"], seed: 3).forms == reduced.forms)
  }

  /// What is not trained of a weight stays an approximation; what is trained whole is exactly what it is.
  @Test(arguments: kinds)
  func aWeightTrainedInPartStaysApproximate(_ kind: ReducedPrecision.Kind) throws {
    let graph = try TestNetworks.small()
    let id = WeightID("conv_pw/kernel")
    let reduced = try pack(graph).reduced(to: kind)
    for (mask, isApproximate) in [("conv_pw[0:2]", true), ("conv_pw", false)] {
      let unfrozen = try reduced.refrozen(try FreezeMask(parsing: mask, in: graph))
      let trained = try unfrozen.replacing([id: try #require(unfrozen.weights[id])])
      #expect((trained.approximations[id] != nil) == isApproximate)
      #expect(!isApproximate || trained.approximations[id] == reduced.approximations[id])
    }
  }
}
