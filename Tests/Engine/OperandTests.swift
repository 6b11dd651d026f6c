import Engine
import ModelGraph
import OpenCL
import Testing

/// Operands of kernels for GPUs that are no floats in plain memory: halves, and images.
@Suite struct OperandTests {
  private static let networks = [
    try? MobileNetV1(alpha: 0.25, inputSize: 32).graph(), try? OddNetwork.evenSizes.graph(),
  ].compactMap { $0 }

  /// Each operation on floats, by itself; what goes to the next is rounded by the processor's own `Float16`.
  @Test(arguments: networks)
  func activationsAreRoundedToHalfAndNothingElseIsOff(_ graph: Graph) throws {
    let pack = try OddNetwork.pack(graph, FreezeMask())
    let device = try TestDevice.open()
    let halves = KernelVariant(.gpu, on: device.info, frozenActivations: .half)
    let image = Batch(graph, count: 1).images
    let floats = try StageProbe(pack, KernelCatalogue(device, KernelVariant(.gpu, on: device.info)))
    let rounded = try StageProbe(pack, KernelCatalogue(device, halves)).units.map(\.roundsOutput)
    // Nearly all: those between convolutions whose ReLU has an upper end.
    #expect(rounded.filter { $0 }.count >= 3)
    var expected = image
    for (unit, rounds) in zip(floats.units, rounded) {
      expected = try floats.run(unit, expected, gradient: [], parts: [1]).output
      if rounds { expected = expected.map { Float(Float16($0)) } }
    }
    let features = try FeatureExtractor(pack, device: device, kernels: halves).features(of: image)
    #expect(features.map(\.bitPattern) == expected.map(\.bitPattern))
    let exact = try FeatureExtractor(pack, device: device, kernels: KernelVariant(.gpu, on: device.info))
      .features(of: image)
    #expect(relativeDistance(features, exact.map(Double.init)) < 3e-3)
    #expect(features != exact)
  }

  @Test func halvesTakeHalfOfTheMemory() throws {
    let graph = try MobileNetV1(alpha: 0.25, inputSize: 32).graph().withHead(classes: 5)
    let pack = try OddNetwork.pack(graph, FreezeMask(parsing: "dense", in: graph))
    let device = try TestDevice.open()
    let needs = try [Element.float, .half].map { element in
      try Engine(
        pack, EngineOptions(batchSize: 2), device: device,
        kernels: KernelVariant(.gpu, on: device.info, frozenActivations: element)
      ).memory.need.frozenLayers
    }
    #expect(needs[1] < needs[0] && 2 * needs[1] > needs[0])
  }

  /// The numbers are the same wherever they are read from: also where kernels are so large that their memory is the host's.
  @Test(arguments: [0.25, 1], [false, true])
  func kernelsThatAreImagesGiveTheSameBits(_ alpha: Double, _ areHalves: Bool) throws {
    let graph = try MobileNetV1(alpha: alpha, inputSize: 32).graph()
    let pack = try OddNetwork.pack(graph, FreezeMask())
    let kept = areHalves ? try pack.reduced(to: .float16) : pack
    let device = try TestDevice.open()
    let plain = KernelVariant(.gpu, on: device.info)
    var withImages = plain
    withImages.tiling.product = try #require(Tiling.products.first { $0.readsImage })
    let features = try [plain, withImages].map { variant in
      try FeatureExtractor(kept, device: device, kernels: variant)
        .features(of: Batch(graph, count: 1).images).map(\.bitPattern)
    }
    #expect(features[0] == features[1])
  }
}
