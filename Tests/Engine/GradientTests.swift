import Engine
import ModelGraph
import OpenCL
import Reference
import Testing

@Suite struct GradientTests {
  @Test(arguments: OddNetwork.allCases, KernelFamily.allCases)
  func gradientsOfTheTailAgreeWithTheReference(_ network: OddNetwork, _ family: KernelFamily) throws {
    try expectGradients(of: network.pack(network.tailMask), network, family)
  }

  @Test(arguments: OddNetwork.allCases, KernelFamily.allCases)
  func gradientsOfEveryKernelAgreeWithTheReference(_ network: OddNetwork, _ family: KernelFamily) throws {
    try expectGradients(of: network.pack(network.kernelMask), network, family)
  }

  private func expectGradients(
    of pack: Pack, _ network: OddNetwork, _ family: KernelFamily
  ) throws {
    let batch = Batch(pack.graph, count: 7)
    let engine = try TestDevice.engine(pack, EngineOptions(batchSize: 7), family)
    let result = try batch.step(on: engine, learningRate: 0)
    let expected = ReferenceNetwork(try pack.unfolded()).gradients(batch.reference, labels: batch.labels)
    #expect(abs(result.lossSum / 7 - expected.loss) < float32Tolerance * max(1, expected.loss))
    let gradients = try engine.gradients()
    #expect(Set(gradients.keys) == Set(pack.mask.channels.keys))
    for (id, gradient) in gradients {
      let reference = try #require(expected.weights[id])
      #expect(gradient.shape == reference.shape)
      #expect(relativeDistance(gradient.floats, reference.elements) < float32Tolerance, "\(id)")
    }
  }

  @Test(arguments: KernelFamily.allCases)
  func aStepMovesEachWeightAgainstItsGradient(_ family: KernelFamily) throws {
    let network = OddNetwork.denseTop
    let pack = try network.pack(network.tailMask)
    let engine = try TestDevice.engine(pack, EngineOptions(batchSize: 7), family)
    _ = try Batch(pack.graph, count: 7).step(on: engine, learningRate: 0.5)
    let gradients = try engine.gradients()
    for (id, after) in try engine.trainedWeights() {
      let before = try #require(pack.weights[id]).floats
      let gradient = try #require(gradients[id]).floats
      #expect(gradient.contains { $0 != 0 })
      let expected = zip(before, gradient).map { Double($0) - 0.5 * Double($1) }
      #expect(relativeDistance(after.floats, expected) < 1e-7, "\(id)")
    }
  }

  @Test(arguments: KernelFamily.allCases)
  func channelsOutsideTheMaskStayAsTheyAre(_ family: KernelFamily) throws {
    let network = OddNetwork.denseTop
    let id = WeightID(layer: "conv_pw_1", name: .kernel)
    var mask = FreezeMask()
    mask[id] = .channels([3..<5, 17..<33])
    let pack = try network.pack(mask)
    let engine = try TestDevice.engine(pack, EngineOptions(batchSize: 7), family)
    _ = try Batch(pack.graph, count: 7).step(on: engine, learningRate: 0.1)
    let before = try #require(pack.weights[id]).floats
    let after = try #require(engine.trainedWeights()[id]).floats
    for index in before.indices {
      let channel = index % 40
      if !(3..<5).contains(channel), !(17..<33).contains(channel) { #expect(before[index] == after[index]) }
    }
    let moved = before.indices.count { before[$0] != after[$0] }
    #expect(moved > before.count * 18 / 40 / 2)
  }

  @Test(arguments: KernelFamily.allCases)
  func theSameStepGivesTheSameBits(_ family: KernelFamily) throws {
    let network = OddNetwork.evenSizes
    let pack = try network.pack(network.kernelMask)
    func run() throws -> Weights {
      let engine = try TestDevice.engine(pack, EngineOptions(batchSize: 7), family)
      for _ in 0..<3 { _ = try Batch(pack.graph, count: 7).step(on: engine, learningRate: 0.1) }
      return try engine.trainedWeights()
    }
    #expect(try run() == run())
  }

  /// A pooling window that reaches over the image's edge takes the same mean and is no part of the convolution. The gradient
  /// of the kernel is summed in another order then.
  @Test(arguments: PooledLayers.all, KernelFamily.allCases)
  func aConvolutionAndItsMeanAsOneAreTheSameStep(_ layers: PooledLayers, _ family: KernelFamily) throws {
    let file = "pointwise_conv2d_pooled.cl"
    let runs = try [0, 1].map { overhang in
      let graph = try layers.graph(overhang: overhang)
      let pack = try OddNetwork.pack(graph, FreezeMask(parsing: "conv_pw_1,dense", in: graph))
      let engine = try TestDevice.engine(pack, EngineOptions(batchSize: 9), family)
      let batch = Batch(graph, count: 9)
      let probabilities = try batch.probabilities(on: engine)
      let loss = try batch.step(on: engine, learningRate: 1).lossSum
      return (
        [loss] + probabilities.map { Double($0) }, try engine.trainedWeights(), pack.weights,
        engine.builtFiles.contains(file)
      )
    }
    #expect(runs[0].0.map(\.bitPattern) == runs[1].0.map(\.bitPattern))
    #expect(runs.map(\.3) == [family == .cpu, false])
    for (id, trained) in runs[0].1 {
      let (other, start) = (try #require(runs[1].1[id]).floats, try #require(runs[0].2[id]).floats)
      let moved = zip(trained.floats, start).map { abs($0 - $1) }.max() ?? 0
      let apart = zip(trained.floats, other).map { abs($0 - $1) }.max() ?? 0
      #expect(apart <= (id.layer == "conv_pw_1" ? moved * 1e-6 : 0), "\(id)")
    }
  }
}
