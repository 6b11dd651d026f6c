import Engine
import ModelGraph
import OpenCL
import Reference
import Testing

/// Gradients and moving statistics under masks of every kind, against the reference in double precision.
@Suite struct MaskTests {
  @Test(arguments: OddNetwork.allCases, ["*", "*,-*_bn", "*_bn", "*_bn:gamma", "*_bn:beta", "conv_pw_1.."])
  func gradientsAgreeWithTheReference(_ network: OddNetwork, _ mask: String) throws {
    let pack = try network.pack(FreezeMask(parsing: mask, in: network.graph()))
    try expectStep(of: pack, EngineOptions(batchSize: 7))
  }

  /// Where the convolutions have biases, before a batch-norm in either mode.
  @Test(arguments: ["*:bias", "*:bias,dense", "conv_pw_1:bias,conv_pw_1_bn", "*"])
  func biasesBeforeBatchNormAgreeWithTheReference(_ mask: String) throws {
    let graph = try OddNetwork.biased()
    try expectStep(
      of: OddNetwork.pack(graph, FreezeMask(parsing: mask, in: graph)), EngineOptions(batchSize: 7))
  }

  @Test(arguments: ["*", "*,-*_bn", "dense"], KernelFamily.allCases)
  func aBatchInPartsHasTheSameGradients(_ mask: String, _ family: KernelFamily) throws {
    let network = OddNetwork.evenSizes
    let pack = try network.pack(FreezeMask(parsing: mask, in: network.graph()))
    var options = EngineOptions(batchSize: 7)
    options.spillFolders = ["/var/tmp"]
    let whole = try TrainingCost(of: pack, batchSize: 7, kernels: family)
    let one = try TrainingCost(
      of: pack, batchSize: 7, memoryLimit: least(pack, batchSize: 7, family), kernels: family)
    #expect(whole.memory.microBatch == 7)
    #expect(one.memory.microBatch == 1)
    options.memoryLimit = one.memory.need.total
    try expectStep(of: pack, options, [:], family)
  }

  /// The limit at which the engine says that nothing less would do.
  private func least(_ pack: Pack, batchSize: Int, _ family: KernelFamily) throws -> Int {
    do {
      _ = try TrainingCost(of: pack, batchSize: batchSize, memoryLimit: 1, kernels: family)
      return 1
    } catch .overMemoryLimit(let least) {
      return least
    }
  }

  /// The gradients of the device against nothing but the loss, in double precision, on either side of a weight.
  @Test(
    arguments: ["*", "*,-*_bn", "conv_dw_1..", "*_bn", "conv_pw_1[3:20],dense:bias"], KernelFamily.allCases)
  func gradientsAreFiniteDifferencesOfTheWholeNetwork(_ mask: String, _ family: KernelFamily) throws {
    let graph = try OddNetwork.denseTop.graph()
    let pack = try OddNetwork.pack(graph, FreezeMask(parsing: mask, in: graph))
    let batch = Batch(graph, count: 7)
    let engine = try TestDevice.engine(pack, EngineOptions(batchSize: 7), family)
    _ = try batch.step(on: engine, learningRate: 0)
    let mode = ReferenceNetwork.Mode.training(pack.mask, in: graph)
    let network = ReferenceNetwork(try pack.unfolded())
    func loss(_ id: WeightID, _ index: Int, _ step: Double) -> Double {
      var moved = network
      moved.weights[id]?.elements[index] += step
      let logits = moved.forward(batch.reference, mode).preactivations.last ?? batch.reference
      return SoftmaxCrossEntropy.loss(logits, labels: batch.labels)
    }
    var random = SplitMix64(seed: 4)
    for (id, gradient) in try engine.gradients() {
      let floats = gradient.floats
      let largest = floats.map(abs).max() ?? 0
      let channels = try #require(graph.spec(of: id)).channelCount
      // Blocks of 16 channels that hold no trained one have no gradient.
      let computed = floats.indices.filter { pack.mask[id] == .trainable || (3..<20).contains($0 % channels) }
      for _ in 0..<4 {
        let index = try #require(computed.randomElement(using: &random))
        let difference = (loss(id, index, 1e-5) - loss(id, index, -1e-5)) / 2e-5
        #expect(abs(Double(floats[index]) - difference) < 1e-3 * Double(largest) + 1e-9, "\(id)[\(index)]")
      }
    }
  }

  /// The draws of dropout, computed here from what the kernel's header says of them.
  @Test(arguments: [1, 7]) func dropoutDropsWhatItsGeneratorSays(_ microBatch: Int) throws {
    let graph = try OddNetwork.withDropout(0.3)
    let pack = try OddNetwork.pack(graph, FreezeMask(parsing: "*,-*_bn", in: graph))
    var options = EngineOptions(batchSize: 7)
    options.seed = 12
    if microBatch == 1 { options.memoryLimit = try least(pack, batchSize: 7, .cpu) }
    let position = try #require(graph.position(of: "dropout"))
    let shape = graph.outputShapes[position]
    let draws = Draws(seed: 12, step: 0, layer: position)
    let count = shape.reduce(1, *)
    let kept = (0..<7).flatMap { image in
      (0..<count).map { draws.number(image: image, element: $0) < UInt32(0.3 * 4_294_967_296) ? 0.0 : 1 }
    }
    #expect((kept.count * 6 / 10..<kept.count * 8 / 10).contains(kept.count { $0 == 1 }))
    let mask = NDArray(shape: [7] + shape, elements: kept)
    try expectStep(of: pack, options, dropoutMasks: ["dropout": mask])
  }

  private func expectStep(
    of pack: Pack, _ options: EngineOptions, dropoutMasks: [String: NDArray] = [:]
  ) throws {
    for family in KernelFamily.allCases { try expectStep(of: pack, options, dropoutMasks, family) }
  }

  private func expectStep(
    of pack: Pack, _ options: EngineOptions, _ dropoutMasks: [String: NDArray], _ family: KernelFamily
  ) throws {
    let batch = Batch(pack.graph, count: 7)
    let engine = try TestDevice.engine(pack, options, family)
    let result = try batch.step(on: engine, learningRate: 0)
    var mode = ReferenceNetwork.Mode.training(pack.mask, in: pack.graph)
    mode.dropoutMasks = dropoutMasks
    var reference = ReferenceNetwork(try pack.unfolded())
    let expected = reference.step(batch.reference, labels: batch.labels, learningRate: 0, pack.mask, mode)
    let tolerance = mode.trainingNormalizations.isEmpty ? float32Tolerance : trainingModeTolerance
    #expect(abs(result.lossSum / 7 - expected.loss) < tolerance * max(1, expected.loss))
    let gradients = try engine.gradients()
    #expect(Set(gradients.keys) == Set(pack.mask.channels.keys))
    // A bias before a batch-norm in training mode has no effect: of its gradient only rounding is left.
    let scale = expected.weights.values.map { $0.elements.map(abs).max() ?? 0 }.max() ?? 0
    for (id, gradient) in gradients {
      let correct = try #require(expected.weights[id])
      #expect(gradient.shape == correct.shape)
      let size = correct.elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let off = relativeDistance(gradient.floats, correct.elements) * (size == 0 ? 1 : size)
      let allowed = size < 1e-9 * scale ? float32Tolerance * scale : tolerance * size
      #expect(off < allowed, "\(id): off by \(off) of \(size)")
    }
    let weights = try engine.trainedWeights()
    for layer in mode.trainingNormalizations {
      for name in [WeightName.movingMean, .movingVariance] {
        let id = WeightID(layer: layer, name: name)
        let moved = try #require(weights[id])
        let correct = try #require(reference.weights[id])
        #expect(relativeDistance(moved.floats, correct.elements) < float32Tolerance, "\(id)")
        #expect(moved != pack.weights[id])
      }
    }
  }
}

/// Philox 2×32 with ten rounds, as Salmon and others define it, and the key of Kernels/dropout.cl.
private struct Draws {
  private let key: UInt32

  init(seed: UInt64, step: UInt64, layer: Int) {
    var steps = SplitMix64(seed: seed &+ step &* 0x9E37_79B9_7F4A_7C15)
    var layers = SplitMix64(seed: steps.next() &+ UInt64(layer))
    key = UInt32(layers.next() >> 32)
  }

  func number(image: Int, element: Int) -> UInt32 {
    var (left, right, key) = (UInt32(element), UInt32(image), key)
    for _ in 0..<10 {
      let product = UInt64(left) * 0xD256_D193
      (left, right) = (UInt32(product >> 32) ^ key ^ right, UInt32(truncatingIfNeeded: product))
      key &+= 0x9E37_79B9
    }
    return left
  }
}
