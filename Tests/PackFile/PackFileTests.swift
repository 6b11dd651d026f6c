import ModelGraph
import PackFile
import Testing

@Suite struct PackFormatTests {
  @Test func theSpecificationsBytesAreRead() throws {
    let pack = try PackFile.decode(SpecifiedPack().bytes)
    #expect(pack.graph.name == "tiny")
    #expect(pack.graph.layers.map(\.name) == ["input_1", "conv", "conv_bn", "flatten", "dense", "softmax"])
    #expect(pack.graph["conv_bn"]?.trainable == false)
    #expect(pack.graph["conv"]?.trainable == true)
    #expect(pack.labels == ["cat", "dog"])
    #expect(pack.preprocessing == .mobileNet)
    #expect(
      pack.provenance
        == Provenance(
          sourceName: "tiny.h5", sourceDigest: String(repeating: "0a", count: 32), toolVersion: "1.0"))
    #expect(
      pack.mask.channels
        == [
          WeightID(layer: "dense", name: .kernel): .channels([1..<2]),
          WeightID(layer: "dense", name: .bias): .trainable,
        ])
    #expect(pack.weights[WeightID(layer: "dense", name: .kernel)]?.floats == SpecifiedPack.denseKernel)
    #expect(pack.corrections == ["conv": FoldCorrection(ulps: [0, .min], exact: [Float(-7).bitPattern])])
    #expect(
      try pack.unfolded().weights[WeightID(layer: "conv", name: .kernel)]?.floats == SpecifiedPack.kernel)
  }

  @Test func theSpecificationsBytesAreWritten() throws {
    let bytes = SpecifiedPack().bytes
    #expect(try PackFile.encode(try PackFile.decode(bytes)) == bytes)
  }

  @Test func typedBytesAreRead() throws {
    let pack = try PackFile.decode(SpecifiedPack.typed.bytes)
    let kernel = WeightID(layer: "conv", name: .kernel)
    let gamma = WeightID(layer: "conv_bn", name: .gamma)
    let variance = WeightID(layer: "conv_bn", name: .movingVariance)
    let dense = WeightID(layer: "dense", name: .kernel)
    #expect(pack.weights[kernel]?.floats == [-1.5, 0])
    #expect(pack.reductions == [kernel: .int8(scales: SpecifiedPack.scales)])
    #expect(pack.approximations == [kernel: 0.25])
    #expect(pack.originals.count == 3)
    #expect(pack.originals[variance]?.withDoubles { Array($0) } == [3, 1])
    #expect(pack.variableTypes[dense] == .bfloat16)
    #expect(pack.weights[gamma]?.floats == SpecifiedPack.gamma)
    #expect(pack.weights[dense]?.floats == SpecifiedPack.denseKernel)
    #expect(pack.corrections.isEmpty)
    let back = try pack.unfolded().weights
    // The scale is 4 / √(3 + 0.001); of the second channel, whose scale is zero, nothing is left.
    #expect(back[kernel]?.floats == [Float(-1.5 / (4 / (3 + 1e-3).squareRoot())), 0])
    #expect(back[gamma]?.dtype == .float16)
    #expect(back[dense]?.dtype == .bfloat16)
    #expect(back[variance] == pack.originals[variance])
  }

  @Test func anOriginalIsFoldedByItsReader() throws {
    let pack = try PackFile.decode(SpecifiedPack.original.bytes)
    let kernel = WeightID(layer: "conv", name: .kernel)
    #expect(pack.weights[kernel]?.floats == [Float(1.5 * (4 / (3 + 1e-3).squareRoot())), -0.0])
    #expect(try pack.unfolded().weights[kernel]?.float32.floats == [1.5, -7])
  }

  @Test func compressedBytesAreRead() throws {
    let pack = try PackFile.decode(SpecifiedPack.compressed.bytes)
    #expect(pack.compresses)
    #expect(
      pack.weights[WeightID(layer: "dense", name: .kernel)]?.floats == SpecifiedPack.shuffledKernel)
  }

  @Test func typedBytesAreWritten() throws {
    for pack in [SpecifiedPack.typed, .original] {
      #expect(try PackFile.encode(try PackFile.decode(pack.bytes)) == pack.bytes)
    }
    // What is deflated by hand is written in zlib's words, and then stays so.
    let once = try PackFile.encode(try PackFile.decode(SpecifiedPack.compressed.bytes))
    #expect(try PackFile.encode(try PackFile.decode(once)) == once)
  }

  @Test("A file that breaks a rule gives that rule's error", arguments: HostilePack.all)
  func hostileFileGivesItsError(_ hostile: HostilePack) {
    #expect(throws: PackError(file: "x.mlpack", violation: hostile.violation)) {
      try PackFile.decode(hostile.bytes, name: "x.mlpack")
    }
  }

  @Test func tooShortFilesGiveTheirError() {
    for length in 0..<32 {
      #expect(throws: PackError(file: "x", violation: .tooShort(length: length))) {
        try PackFile.decode(Array(SpecifiedPack().bytes.prefix(length)), name: "x")
      }
    }
  }

  /// FORMAT.md numbers its rules from 1 without gaps, and each of them has a hostile file.
  @Test func everyRuleHasAHostileFile() throws {
    let rules = try Specification.rules("FORMAT.md", "P")
    #expect(rules == Array(1...51))
    let broken = Set(HostilePack.all.map(\.violation.rule) + [PackViolation.tooShort(length: 0).rule])
    #expect(broken == Set(rules))
    #expect(HostilePack.all.count >= 50)
  }

  @Test func errorsNameFileRuleAndRemedy() {
    let damaged = PackError(file: "a.mlpack", violation: .paddingNotZero(at: 99))
    #expect(
      "\(damaged)"
        == "'a.mlpack' is damaged: the padding at byte 99 is not zero (rule P-34); import the source again")
    let newer = PackError(file: "a.mlpack", violation: .unsupportedVersion(2))
    #expect(
      "\(newer)"
        == "'a.mlpack' cannot be read: its format has version 2; this mlpack reads version 1 (rule P-03); "
        + "update mlpack or import the source again")
  }

  /// The hexadecimal dump in FORMAT.md is a pack, and the one that the text beside it describes.
  @Test func theExampleOfTheSpecificationIsAPack() throws {
    let bytes = try Specification.smallestPack()
    let pack = try PackFile.decode(bytes)
    #expect(pack.graph.layers.map(\.operation) == [.input([1]), .dense(units: 1, useBias: false, .linear)])
    #expect(pack.weights[WeightID(layer: "dense", name: .kernel)]?.floats == [1.5])
    #expect(pack.mask.channels == [WeightID(layer: "dense", name: .kernel): .trainable])
    #expect(pack.labels == ["yes"])
    #expect(try PackFile.encode(pack) == bytes)
  }
}
