import Engine
import ModelGraph
import OpenCL
import Testing

/// Stores that go past the caches, which networks as small as those of tests never take by themselves.
@Suite struct PastCachesTests {
  @Test func theGradientIsTheSameBits() throws {
    let file = "cpu/normalized_depthwise_conv2d.cl"
    let condition = "if (is_past_caches)"
    let text = try #require(KernelSources.all.first { $0.name == file }?.text)
    try #require(text.contains(condition))
    let graph = try MobileNetV1(alpha: 0.25, inputSize: 32).graph()
    let pack = try OddNetwork.pack(graph, FreezeMask(parsing: "*", in: graph))
    let device = try TestDevice.open()
    let gradients = try ["if (false)", "if (true)"].map { choice in
      let kernels = KernelCatalogue(
        device, KernelVariant(.cpu, on: device.info),
        replacing: [file: text.replacing(condition, with: choice)])
      let probe = try StageProbe(pack, kernels)
      return try probe.units.filter(\.isNormalizedDepthwise).map { unit in
        let (input, output) = (unit.stages[0].inputShape, unit.stages[1].outputShape)
        var random = SplitMix64(seed: 7)
        func numbers(_ shape: ActivationShape) -> [Float] {
          (0..<3 * shape.pixels * shape.channels).map { _ in Float.random(in: -1...1, using: &random) }
        }
        let (x, dy) = (numbers(input), numbers(output))
        return try #require(try probe.run(unit, x, gradient: dy, parts: [3]).inputGradient).map(\.bitPattern)
      }
    }
    // Strides of 1 and 2.
    #expect(gradients[0].count == 13)
    #expect(gradients[0] == gradients[1])
  }
}

extension StageProbe.Unit {
  fileprivate var isNormalizedDepthwise: Bool {
    guard stages.count == 2, case .batchNormalization = stages[0].kind,
      case .depthwiseConv2D = stages[1].kind
    else { return false }
    return true
  }
}
