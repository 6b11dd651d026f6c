import ModelGraph
import PackFile
import Testing

@Suite struct DeltaFormatTests {
  private func applied(_ delta: SpecifiedDelta) throws -> [UInt8] {
    let base = try DigestedPack(decoding: delta.base)
    return try DeltaFile.decode(delta.bytes, name: "x.delta").applied(to: base).array
  }

  @Test func theSpecificationsBytesAreRead() throws {
    let delta = try DeltaFile.decode(SpecifiedDelta().bytes)
    #expect(delta.baseDigest == SpecifiedDelta.sha256(SpecifiedPack().bytes))
    #expect(delta.resultDigest == SpecifiedDelta.sha256(SpecifiedDelta.result.bytes))
    #expect(delta.graph.name == "tiny")
    #expect(delta.labels == ["cat", "dog"])
    #expect(delta.weights.map(\.id.description) == ["dense/kernel", "dense/bias"])
    #expect(delta.weights.map(\.elementCount) == [8, 2])
    #expect(delta.weights.map(\.type) == [.float32, .float32])
    let halved = try DeltaFile.decode(SpecifiedDelta.halved.bytes)
    #expect(halved.weights.map(\.type) == [.float16, .float32])
    #expect(halved.weights.map(\.isHalved) == [true, false])
  }

  @Test func theSpecificationsBytesGiveTheResult() throws {
    #expect(try applied(SpecifiedDelta()) == SpecifiedDelta.result.bytes)
    #expect(try applied(.halved) == SpecifiedDelta.result.bytes)
  }

  /// The kernel as a whole, where its channels would do, is as good.
  @Test func everyFormGivesTheResult() throws {
    var delta = SpecifiedDelta()
    let kernel = SpecifiedDelta.result.payloads[5]
    delta.entries[0] = .u32(5) + .u8(0)
    delta.data = kernel + .floats(SpecifiedDelta.bias)
    #expect(try applied(delta) == SpecifiedDelta.result.bytes)
    let halves = (0..<16).map { index in
      Bytes.f16(
        Float16(index % 2 == 1 ? SpecifiedDelta.channel[index / 2] : SpecifiedPack.denseKernel[index]))
    }
    delta.entries[0] = .u32(5) + .u8(1)
    delta.data = .join(halves) + .floats(SpecifiedDelta.bias)
    #expect(try applied(delta) == SpecifiedDelta.result.bytes)
  }

  @Test func theSpecificationsBytesAreWritten() throws {
    let base = try DigestedPack(decoding: SpecifiedPack().bytes)
    let tuned = try DigestedPack(decoding: SpecifiedDelta.result.bytes)
    #expect(try DeltaFile.encode(Delta(from: base, to: tuned)) == SpecifiedDelta().bytes)
    #expect(try DeltaFile.encode(Delta(from: base, to: tuned, halves: true)) == SpecifiedDelta.halved.bytes)
    #expect(try DeltaFile.encode(DeltaFile.decode(SpecifiedDelta().bytes)) == SpecifiedDelta().bytes)
  }

  @Test("A delta that breaks a rule gives that rule's error", arguments: HostileDelta.all)
  func hostileDeltaGivesItsError(_ hostile: HostileDelta) {
    #expect(throws: DeltaError(file: "x.delta", violation: hostile.violation)) { try applied(hostile.delta) }
  }

  /// DELTA.md numbers its rules from 1 without gaps, and each of them has a hostile file.
  @Test func everyRuleHasAHostileDelta() throws {
    let rules = try Specification.rules("DELTA.md", "D")
    #expect(rules == Array(1...11))
    #expect(Set(HostileDelta.all.map(\.violation.rule)) == Set(rules))
  }

  @Test func errorsNameFileRuleAndRemedy() {
    let base = DeltaError(
      file: "a.delta",
      violation: .otherBase(
        "b.mlpack", expected: String(repeating: "a", count: 64), found: String(repeating: "b", count: 64)))
    #expect(
      "\(base)"
        == "'a.delta' does not belong to this base: it is for the pack with SHA-256 aaaaaaaaaaaa…; "
        + "'b.mlpack' has bbbbbbbbbbbb… (rule D-08); give the pack that it was made from")
    let damaged = DeltaError(file: "a.delta", violation: .dataContinues(at: 99))
    #expect(
      "\(damaged)"
        == "'a.delta' is damaged: there is data at byte 99, after the last payload (rule D-06); "
        + "fetch or make it again")
  }

  @Test func filesComeBack() throws {
    let path = try temporaryPath("tiny.delta")
    defer { remove(path) }
    #expect(
      try DeltaFile.write(DeltaFile.decode(SpecifiedDelta().bytes), to: path) == SpecifiedDelta().bytes.count)
    #expect(DeltaFile.isDelta(path))
    #expect(!PackFile.isPack(path))
    let base = try DigestedPack(decoding: SpecifiedPack().bytes)
    #expect(try DeltaFile.read(path).applied(to: base).array == SpecifiedDelta.result.bytes)
  }
}

extension TensorBytes {
  var array: [UInt8] { withUnsafeBytes { Array($0) } }
}
