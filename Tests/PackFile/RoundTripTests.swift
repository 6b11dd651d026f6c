import ModelGraph
import PackFile
import SystemFiles
import Testing

@Suite struct RoundTripTests {
  private static let provenance = Provenance(
    sourceName: "größe.h5", sourceDigest: String(repeating: "9f", count: 32), toolVersion: "0.1.0")

  private func pack(_ graph: Graph, seed: UInt64 = 1, mask: String, labels: [String] = []) throws -> Pack {
    let model = try Model(graph: graph, weights: graph.madeUpWeights(seed: seed))
    return try Pack(
      folding: model, mask: try FreezeMask(parsing: mask, in: graph), labels: labels,
      provenance: RoundTripTests.provenance)
  }

  private func expectEqual(_ a: Pack, _ b: Pack) {
    #expect(a.graph == b.graph)
    #expect(a.mask == b.mask)
    #expect(a.weights == b.weights)
    #expect(a.corrections == b.corrections)
    #expect(a.forms == b.forms)
    #expect(a.compresses == b.compresses)
    #expect(a.labels == b.labels)
    #expect(a.preprocessing == b.preprocessing)
    #expect(a.provenance == b.provenance)
  }

  /// Every operation, with fields that differ wherever two could be mixed up.
  @Test func everyOperationComesBack() throws {
    let window = Window(
      size: Size2D(height: 3, width: 2), strides: Size2D(height: 2, width: 1), padding: .valid)
    let same = Window(size: Size2D(square: 1), strides: Size2D(square: 1), padding: .same)
    let operations: [ModelGraph.Operation] = [
      .input([20, 21, 3]), .zeroPadding2D(Margins(top: 1, bottom: 2, left: 3, right: 4)),
      .conv2D(filters: 5, window, useBias: true, .relu),
      .depthwiseConv2D(multiplier: 2, same, useBias: false, .linear),
      .batchNormalization(BatchNormalization(epsilon: 1e-5, momentum: 0.9, center: true, scale: false)),
      .batchNormalization(BatchNormalization(epsilon: 2e-3, momentum: 0.5, center: false, scale: true)),
      .relu(maxValue: nil), .relu(maxValue: 6), .averagePooling2D(window),
      .globalAveragePooling2D(keepDims: true),
      .dropout(rate: 0.25), .reshape([2, -1]), .flatten, .dense(units: 4, useBias: true, .softmax), .softmax,
    ]
    let layers = operations.enumerated().map { index, operation in
      Layer(
        name: "layer_\(index)", operation: operation, inputs: index == 0 ? [] : [index - 1],
        trainable: index % 3 != 0)
    }
    let pack = try pack(
      try Graph(name: "all", layers: layers), mask: "layer_13", labels: ["a", "b", "äöü 😀", ""])
    let bytes = try PackFile.encode(pack)
    let back = try PackFile.decode(bytes)
    expectEqual(back, pack)
    #expect(back.corrections.keys.sorted() == ["layer_3"])
    #expect(try PackFile.encode(back) == bytes)
  }

  @Test(arguments: [
    "none", "*", "conv_pw_13", "*:bias,conv_pw_12..", "conv_pw_3[1:2],conv_pw_3[4:9],conv_preds:bias",
  ])
  func everyMaskComesBack(_ mask: String) throws {
    let graph = try MobileNetV1.graph(alpha: 0.25, inputSize: 128, classes: 5)
    let pack = try pack(graph, mask: mask, labels: ["a", "b", "c", "d", "e"])
    let bytes = try PackFile.encode(pack)
    let back = try PackFile.decode(bytes)
    expectEqual(back, pack)
    #expect(try PackFile.encode(back) == bytes)
    #expect(try back.unfolded().weights == graph.madeUpWeights(seed: 1))
  }

  @Test func aGraphWithBranchesComesBack() throws {
    let relu = ModelGraph.Operation.relu(maxValue: 6)
    let graph = try Graph(
      name: "branches",
      layers: [
        Layer(name: "a", operation: .input([2]), inputs: []), Layer(name: "b", operation: relu, inputs: [0]),
        Layer(name: "c", operation: relu, inputs: [0]), Layer(name: "d", operation: relu, inputs: [1]),
      ])
    let pack = try pack(graph, mask: "none")
    expectEqual(try PackFile.decode(try PackFile.encode(pack)), pack)
  }

  /// Corrections of every kind: dead channels, subnormals, numbers that are none, random bits.
  @Test(arguments: 0..<6 as Range<UInt64>)
  func hardCorrectionsComeBack(_ seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let graph = try MobileNetV1(widths: [Int](repeating: 9, count: 14), inputShape: [32, 32, 3]).graph()
    var weights = graph.madeUpWeights(seed: seed)
    for id in graph.weightIDs where id.name == .gamma || id.name == .kernel {
      guard let tensor = weights[id] else { continue }
      let damaged = tensor.floats.map { value in
        switch Int.random(in: 0..<Int(10 + seed * 20), using: &random) {
        case 0: Float(0)
        case 1: Float(-0.0)
        case 2: Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
        case 3: value * .leastNormalMagnitude
        default: value
        }
      }
      weights[id] = Tensor(shape: tensor.shape, floats: damaged)
    }
    let model = try Model(graph: graph, weights: weights)
    let pack = try Pack(folding: model, mask: FreezeMask(), labels: [], provenance: RoundTripTests.provenance)
    #expect(pack.corrections.values.contains { !$0.exact.isEmpty })
    let back = try PackFile.decode(try PackFile.encode(pack))
    #expect(back.corrections == pack.corrections)
    #expect(try back.unfolded().weights == weights)
  }

  /// Variables of every type, reduced to every precision, compressed or not.
  @Test(arguments: [nil] + ReducedPrecision.Kind.allCases.map(Optional.some), [false, true])
  func everyFormComesBack(_ kind: ReducedPrecision.Kind?, _ compresses: Bool) throws {
    let graph = try MobileNetV1.graph(alpha: 0.25, inputSize: 128, classes: 5)
    var weights = graph.madeUpWeights(seed: 2)
    for (index, id) in graph.weightIDs.enumerated() where index % 3 == 0 {
      weights[id] = weights[id]?.rounded(to: DType.allCases[index / 3 % 4])
    }
    let model = try Model(graph: graph, weights: weights)
    var pack = try Pack(
      folding: model, mask: .default(for: graph), labels: [], provenance: RoundTripTests.provenance)
    if let kind { pack = try pack.reduced(to: kind) }
    pack.compresses = compresses
    let bytes = try PackFile.encode(pack)
    let back = try PackFile.decode(bytes)
    expectEqual(back, pack)
    #expect(try PackFile.encode(back) == bytes)
    #expect(back.originals.isEmpty == false)
    #expect(back.reductions.isEmpty == (kind == nil))
    let returned = try back.unfolded().weights
    for id in graph.weightIDs where pack.approximations[id] == nil { #expect(returned[id] == weights[id]) }
  }

  @Test func aPackIsWrittenAndMapped() throws {
    let path = try temporaryPath("written.mlpack")
    defer { remove(path) }
    let graph = try MobileNetV1.graph(alpha: 0.25, inputSize: 128, classes: 5)
    let pack = try pack(graph, mask: "conv_pw_13,conv_preds")
    try PackFile.write(pack, to: path)
    let back = try PackFile.read(path)
    expectEqual(back, pack)
    #expect(PackFile.isPack(path))
    let bytes = try MappedFile(path: path).withUnsafeBytes { Array($0) }
    #expect(try PackFile.encode(pack) == bytes)
    // Writing over the file that is mapped leaves the map as it was.
    try PackFile.write(try pack.refrozen(FreezeMask()), to: path)
    expectEqual(back, pack)
  }

  @Test func tensorsAreUsedInPlaceAndAligned() throws {
    let graph = try MobileNetV1.graph(alpha: 0.25, inputSize: 128, classes: 5)
    let path = try temporaryPath("aligned.mlpack")
    defer { remove(path) }
    try PackFile.write(try pack(graph, mask: "none"), to: path)
    let pack = try PackFile.read(path)
    var starts: [UInt] = []
    for id in graph.weightIDs {
      let tensor = try #require(pack.weights[id])
      tensor.bytes.withUnsafeBytes { starts.append(UInt(bitPattern: $0.baseAddress)) }
    }
    #expect(starts.allSatisfy { $0 % 64 == 0 })
    // Views of one map: each begins where the file puts it, behind the one before.
    #expect(zip(starts, starts.dropFirst()).allSatisfy { $0 < $1 })
    let file = try MappedFile(path: path)
    let span = try #require(starts.last) - (try #require(starts.first))
    #expect(span < file.count)
  }

  @Test func otherFilesAreNoPacks() throws {
    #expect(!PackFile.isPack("/nonexistent.mlpack"))
    #expect(!PackFile.isPack("/"))
    #expect(!PackFile.isPack(#filePath))
    #expect(throws: FileError.self) { try PackFile.read("/nonexistent.mlpack") }
    #expect(throws: PackError(file: #filePath, violation: .wrongMagic)) { try PackFile.read(#filePath) }
  }

  @Test func whatTheFormatCannotHoldIsRefused() throws {
    let graph = try MobileNetV1.graph(alpha: 0.25, inputSize: 128, classes: 2)
    func expect(_ violation: PackViolation, _ change: (inout Pack) -> Void) throws {
      var pack = try pack(graph, mask: "none")
      change(&pack)
      #expect(throws: PackError(file: nil, violation: violation)) { try PackFile.encode(pack) }
    }
    try expect(.labelCount(labels: 1, outputs: 2)) { $0.labels = ["one"] }
    try expect(.badDigest("abc")) { $0.provenance.sourceDigest = "abc" }
    try expect(.badPreprocessing(divisor: 0, offset: 0)) {
      $0.preprocessing = Preprocessing(divisor: 0, offset: 0)
    }
    try expect(.badText(at: 32 + 2 + 18 + 8)) { $0.provenance.sourceName = "two\nlines" }
    try expect(.textTooLong(at: 32 + 2 + 18 + 8, length: 1024)) {
      $0.provenance.sourceName = String(repeating: "n", count: 1024)
    }
  }
}
