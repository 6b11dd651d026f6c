import Engine
import ModelGraph
import OpenCL
import Reference
import Testing

@Suite struct ForwardTests {
  @Test(arguments: OddNetwork.allCases, KernelFamily.allCases)
  func foldedLayersAgreeWithTheReference(_ network: OddNetwork, _ family: KernelFamily) throws {
    let batch = Batch(try network.graph(), count: 5)
    try expectProbabilities(of: network.pack(), batch, family)
  }

  @Test(arguments: OddNetwork.allCases, KernelFamily.allCases)
  func unfoldedLayersAgreeWithTheReference(_ network: OddNetwork, _ family: KernelFamily) throws {
    let batch = Batch(try network.graph(), count: 5)
    try expectProbabilities(of: network.pack(network.kernelMask), batch, family)
  }

  @Test(arguments: ReducedPrecision.Kind.allCases, KernelFamily.allCases)
  func reducedLayersAgreeWithTheReference(_ kind: ReducedPrecision.Kind, _ family: KernelFamily) throws {
    let network = OddNetwork.denseTop
    let pack = try network.pack().reduced(to: kind)
    #expect(!pack.foldedLayers.isEmpty && pack.corrections.isEmpty)
    try expectProbabilities(of: pack, Batch(try network.graph(), count: 5), family)
  }

  /// Keras's variables are folded from their own type; the reference takes them as they are.
  @Test func foldedOriginalsAgreeWithTheReference() throws {
    let network = OddNetwork.denseTop
    let graph = try network.graph()
    let weights = graph.madeUpWeights(seed: 5).mapValues { $0.rounded(to: .bfloat16) }
    let pack = try Pack(
      folding: Model(graph: graph, weights: weights), mask: FreezeMask(), labels: [],
      provenance: Provenance(sourceName: "made up", sourceDigest: "", toolVersion: "0"))
    #expect(!pack.foldedLayers.isEmpty && pack.corrections.isEmpty)
    let batch = Batch(graph, count: 5)
    let engine = try Engine(pack, EngineOptions(batchSize: 5), device: TestDevice.open())
    let probabilities = try batch.probabilities(on: engine)
    let single = try Model(graph: graph, weights: weights.mapValues(\.float32))
    let expected = ReferenceNetwork(single).forward(batch.reference).output
    #expect(relativeDistance(probabilities, expected.elements) < float32Tolerance)
  }

  private func expectProbabilities(of pack: Pack, _ batch: Batch, _ family: KernelFamily) throws {
    let engine = try TestDevice.engine(pack, EngineOptions(batchSize: 5), family)
    let probabilities = try batch.probabilities(on: engine)
    let expected = ReferenceNetwork(try pack.unfolded()).forward(batch.reference).output
    #expect(relativeDistance(probabilities, expected.elements) < float32Tolerance)
  }

  /// A dropout in front lets all that follows it run in the part that is trained, layer by layer.
  @Test(arguments: FusedLayers.all, KernelFamily.allCases)
  func layersComputedAsOneGiveTheSameBits(_ layers: FusedLayers, _ family: KernelFamily) throws {
    let graph = try layers.graph()
    let model = try Model(graph: graph, weights: graph.madeUpWeights(seed: 4))
    let batch = Batch(graph, count: 3)
    let file = "depthwise_pointwise_conv2d.cl"
    let runs = try ["none", "dense"].map { mask in
      let pack = try Pack(
        folding: model, mask: FreezeMask(parsing: mask, in: graph), labels: [],
        provenance: Provenance(sourceName: "made up", sourceDigest: "", toolVersion: "0"))
      let engine = try TestDevice.engine(pack, EngineOptions(batchSize: 3), family)
      // Tasks come at other times and to other work-items each time.
      let results = try (0..<20).map { _ in try batch.probabilities(on: engine).map(\.bitPattern) }
      #expect(Set(results).count == 1)
      return (results[0], engine.builtFiles.contains(file))
    }
    #expect(runs[0].0 == runs[1].0)
    #expect(runs.map(\.1) == [family == .cpu, false])
  }

  @Test(arguments: KernelFamily.allCases)
  func featureMapsAgreeWithTheReference(_ family: KernelFamily) throws {
    let graph = try MobileNetV1(alpha: 0.25, inputSize: 32).graph()
    let pack = try Pack(
      folding: Model(graph: graph, weights: graph.madeUpWeights(seed: 3)), mask: FreezeMask(), labels: [],
      provenance: Provenance(
        sourceName: "made up", sourceDigest: String(repeating: "0", count: 64), toolVersion: "0"))
    let batch = Batch(graph, count: 1)
    let device = try TestDevice.open()
    let extractor = try FeatureExtractor(
      pack, device: device, kernels: KernelVariant(family, on: device.info))
    let features = try extractor.features(of: batch.images)
    let expected = ReferenceNetwork(try pack.unfolded()).forward(batch.reference).output
    #expect(extractor.outputShape == [1, 1, 256])
    #expect(relativeDistance(features, expected.elements) < float32Tolerance)
  }

  @Test(arguments: KernelFamily.allCases)
  func aBatchMayTakeImagesInAnyOrderAndTwice(_ family: KernelFamily) throws {
    let network = OddNetwork.denseTop
    let batch = Batch(try network.graph(), count: 5)
    let engine = try TestDevice.engine(
      network.pack(network.tailMask), EngineOptions(batchSize: 8), family)
    let straight = try batch.probabilities(on: engine)
    let turned = try batch.probabilities(on: engine, of: [4, 2, 2])
    let classes = engine.classCount
    let expected = [4, 2, 2].flatMap { straight[$0 * classes..<($0 + 1) * classes] }
    #expect(turned == expected)
  }

  @Test func aNetworkWithoutClassifierIsRefused() throws {
    let graph = try MobileNetV1(alpha: 0.25, inputSize: 32).graph()
    let pack = try Pack(
      folding: Model(graph: graph, weights: graph.madeUpWeights(seed: 3)), mask: FreezeMask(), labels: [],
      provenance: Provenance(
        sourceName: "made up", sourceDigest: String(repeating: "0", count: 64), toolVersion: "0"))
    #expect(throws: EngineError.self) {
      try Engine(pack, EngineOptions(batchSize: 1), device: TestDevice.open())
    }
  }
}
