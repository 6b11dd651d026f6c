import ModelGraph
import PackFile
import Testing

/// What a pack costs beyond the weights themselves.
@Suite struct SizeTests {
  @Test(arguments: ["conv_pw_13", "none"])
  func thePackOfAlphaOneGrowsByFewPercent(_ mask: String) throws {
    let graph = try MobileNetV1.graph(includeTop: false)
    let model = try Model(graph: graph, weights: graph.madeUpWeights(seed: 42))
    let pack = try Pack(
      folding: model, mask: try FreezeMask(parsing: mask, in: graph), labels: [],
      provenance: Provenance(
        sourceName: "mobilenet_1_0_224_tf_no_top.h5", sourceDigest: "", toolVersion: "0.1.0"))
    let bytes = try PackFile.encode(pack)
    let raw = graph.parameterCount * 4
    let growth = Double(bytes.count - raw) / Double(raw)
    #expect(growth < 0.02, "\(bytes.count) bytes for \(raw) of weights")
    #expect(try PackFile.decode(bytes).unfolded().weights == model.weights)
  }

  /// TensorFlow Lite's files of the same network, as `tools/bench packs` measured them.
  @Test(
    arguments: [(nil, 12_801_556), (.float16, 6_420_148), (.int8, 3_381_960)]
      as [(ReducedPrecision.Kind?, Int)])
  func compressedPacksAreSmallerThanTensorFlowLites(_ kind: ReducedPrecision.Kind?, _ limit: Int) throws {
    let graph = try MobileNetV1.graph(includeTop: false)
    let model = try Model(graph: graph, weights: graph.madeUpWeights(seed: 42))
    var pack = try Pack(
      folding: model, mask: FreezeMask(), labels: [],
      provenance: Provenance(
        sourceName: "mobilenet_1_0_224_tf_no_top.h5", sourceDigest: "", toolVersion: "0.1.0"))
    if let kind { pack = try pack.reduced(to: kind) }
    let plain = try PackFile.encode(pack).count
    pack.compresses = true
    let compressed = try PackFile.encode(pack)
    #expect(compressed.count <= limit, "\(compressed.count) bytes")
    #expect(compressed.count < plain)
    #expect(try PackFile.decode(compressed).weights == pack.weights)
  }

  /// A mask of whole layers is a flag; so no tensor's entry grows with its channels.
  @Test func aMaskOfWholeLayersCostsNothing() throws {
    let graph = try MobileNetV1.graph(alpha: 0.25, inputSize: 128, includeTop: false)
    let model = try Model(graph: graph, weights: graph.madeUpWeights(seed: 0))
    func length(_ mask: String) throws -> Int {
      let pack = try Pack(
        folding: model, mask: try FreezeMask(parsing: mask, in: graph), labels: [],
        provenance: Provenance(sourceName: "", sourceDigest: "", toolVersion: ""))
      let bytes = try PackFile.encode(pack)
      // The header's length, in the preamble.
      return (0..<4).reduce(0) { $0 | Int(bytes[24 + $1]) << (8 * $1) }
    }
    // Corrections have entries of 32 bytes; there are 27 of them, or none.
    #expect(try length("*") == length("none") - 27 * 32)
  }

  /// As many layers as a header may have, every other one folded: checks that compare layers with layers add up.
  @Test func theLongestNetworkIsReadInTime() throws {
    let window = Window(size: Size2D(square: 1), strides: Size2D(square: 1), padding: .same)
    let layers = (0..<4096).map { index in
      let operation: ModelGraph.Operation =
        switch index {
        case 0: .input([1, 1, 1])
        case let odd where odd % 2 == 1: .conv2D(filters: 1, window, useBias: false, .linear)
        default: .batchNormalization(BatchNormalization())
        }
      return Layer(name: "layer_\(index)", operation: operation, inputs: index == 0 ? [] : [index - 1])
    }
    let graph = try Graph(name: "long", layers: layers)
    let model = try Model(graph: graph, weights: graph.madeUpWeights(seed: 0))
    let pack = try Pack(
      folding: model, mask: FreezeMask(), labels: [],
      provenance: Provenance(sourceName: "", sourceDigest: "", toolVersion: ""))
    let bytes = try PackFile.encode(pack)
    let clock = ContinuousClock()
    let start = clock.now
    let back = try PackFile.decode(bytes)
    #expect(clock.now - start < .seconds(5))
    #expect(back.corrections.count == 2047)
  }
}
