import Engine
import ModelGraph
import OpenCL
import Testing

/// Every kernel, at shapes that an interpreter of OpenCL gets through: tools/check_kernels runs them under one.
@Suite struct SmallCaseTests {
  @Test func everyKernelForProcessorsRuns() throws { try expectEveryKernelRuns(.cpu) }

  @Test func everyKernelForGPUsRuns() throws { try expectEveryKernelRuns(.gpu) }

  @Test func operandsForGPUsMayBeHalves() throws { try expectHalves { _ in } }

  @Test func operandsForGPUsMayBeImagesOfHalves() throws {
    let product = try #require(Tiling.products.first { $0.readsImage })
    try expectHalves { $0.product = product }
  }

  private func expectHalves(_ change: (inout Tiling) -> Void) throws {
    let network = OddNetwork.evenSizes
    let pack = try network.pack().reduced(to: .float16)
    var variant = KernelVariant(.gpu, on: try TestDevice.open().info, frozenActivations: .half)
    change(&variant.tiling)
    let batch = Batch(try network.graph(), count: 2)
    let engine = try Engine(pack, EngineOptions(batchSize: 2), device: TestDevice.open(), kernels: variant)
    #expect(try batch.probabilities(on: engine).allSatisfy(\.isFinite))
  }

  private func expectEveryKernelRuns(_ family: KernelFamily) throws {
    var used: Set<String> = ["peak_multiply_add"]
    for network in OddNetwork.allCases {
      for mask in ["none", "*", "*,-*_bn", "*:bias"] {
        used.formUnion(try run(network.graph(), mask, Optimizer(), on: family))
      }
    }
    used.formUnion(try run(OddNetwork.withDropout(0.5), "*", Optimizer(), on: family))
    used.formUnion(
      try run(PooledLayers.all[0].graph(overhang: 0), "conv_pw_1,dense", Optimizer(), .float16, on: family))
    for optimizer in OptimizerTests.optimizers {
      used.formUnion(try run(OddNetwork.singlePixels.graph(), "dense", optimizer, on: family))
    }
    #expect(used == Set(try #require(KernelSources.fileOfKernel[family]).keys))
  }

  /// One step of training, and a prediction. Returns the names of the kernels that it took.
  private func run(
    _ graph: Graph, _ mask: String, _ optimizer: Optimizer, _ precision: FeaturePrecision = .float32,
    on family: KernelFamily
  ) throws -> Set<String> {
    var options = EngineOptions(batchSize: 2)
    options.optimizer = optimizer
    options.featurePrecision = precision
    let engine = try TestDevice.engine(
      OddNetwork.pack(graph, FreezeMask(parsing: mask, in: graph)), options, family)
    let batch = Batch(graph, count: 2)
    _ = try batch.step(on: engine, learningRate: 0.01)
    #expect(try batch.probabilities(on: engine).allSatisfy(\.isFinite), "\(graph.name), \(mask)")
    return engine.usedKernels
  }

  /// From i on, TILE chains of s ← s / 2 + 1.
  @Test(arguments: KernelFamily.allCases)
  func thePeakIsOfMultiplyAdds(_ family: KernelFamily) throws {
    let device = try TestDevice.open()
    let kernels = KernelCatalogue(device, KernelVariant(family, on: device.info))
    let items = 3 * kernels.itemsPerGroup
    let output = try Buffer(device, count: items * 16)
    try kernels.enqueue("peak_multiply_add", groups: [3], [.buffer(output), .uint(5), .float(0.5)])
    let expected = (0..<items).flatMap { item -> [Float] in
      let chains = (0..<kernels.tile).map { chain in
        (0..<5).reduce(Float(item + chain)) { sum, _ in sum / 2 + 1 }
      }
      return [Float](repeating: chains.reduce(0, +), count: 16)
    }
    #expect(try output.floats(items * 16) == expected)
  }
}
