import Foundation
import Testing

/// `delta` and `apply` on what `finetune` really writes.
@Suite struct DeltaTests {
  private let folder: TestFolder

  init() throws {
    folder = try TestFolder()
    try folder.addPhotos()
  }

  private func finetune(_ options: String...) throws {
    try Tool.output(
      [
        "finetune", "small.mlpack", "--data", "photos", "-o", "tuned.mlpack", "--epochs", "1", "--batch-size",
        "3", "--quiet",
      ] + options, in: folder)
  }

  /// Makes a delta and applies it.
  private func expectSameBytes() throws {
    try Tool.output(["delta", "small.mlpack", "tuned.mlpack", "-o", "d.delta"], in: folder)
    try Tool.output(["apply", "small.mlpack", "d.delta", "-o", "back.mlpack"], in: folder)
    #expect(try folder.bytes("back.mlpack") == folder.bytes("tuned.mlpack"))
  }

  @Test(
    arguments: [
      [], ["--classes", "3", "--train", "none"], ["--classes", "3", "--dtype", "int8", "--compress"],
    ], ["conv_pw_13,dense", "*,-*_bn", "conv_pw_12:kernel[10:20],dense:bias"])
  func applyGivesTheTunedPack(_ options: [String], _ mask: String) throws {
    try folder.addPack(options)
    // A head that the run adds is there before the mask is read.
    try finetune("--train", mask)
    try expectSameBytes()
  }

  @Test func bothSayWhatTheDeltaKeeps() throws {
    try folder.addPack()
    try finetune()
    let kept = "conv_pw_13, dense (10,713 parameters)"
    let made = try Tool.output(["delta", "small.mlpack", "tuned.mlpack", "-o", "d.delta"], in: folder)
    let size = try folder.bytes("d.delta").count
    #expect(made == "wrote d.delta: \((size + 500) / 1000) kB, \(kept)\n")
    #expect((4 * 10_713..<4 * 10_713 + 15_000).contains(size))
    let applied = try Tool.output(["apply", "small.mlpack", "d.delta", "-o", "back.mlpack"], in: folder)
    #expect(applied == "wrote back.mlpack: small.mlpack with \(kept)\n")
    for arguments in [
      ["delta", "small.mlpack", "tuned.mlpack", "-o", "d.delta", "--quiet"],
      ["apply", "small.mlpack", "d.delta", "-o", "back.mlpack", "--quiet"],
    ] {
      #expect(try Tool.output(arguments, in: folder) == "")
    }
  }

  @Test func halfPrecisionRoundsTheKernels() throws {
    try folder.addPack()
    try finetune()
    try Tool.output(["delta", "small.mlpack", "tuned.mlpack", "-o", "whole.delta"], in: folder)
    let made = try Tool.output(
      ["delta", "small.mlpack", "tuned.mlpack", "-o", "d.delta", "--dtype", "f16"], in: folder)
    #expect(made.hasSuffix(", conv_pw_13, dense (10,713 parameters, kernels in float16)\n"))
    #expect(try folder.bytes("whole.delta").count - folder.bytes("d.delta").count == 2 * (10_404 + 306))
    let applied = try Tool.output(["apply", "small.mlpack", "d.delta", "-o", "half.mlpack"], in: folder)
    #expect(applied.hasSuffix("kernels in float16)\n"))
    let diff = try object(
      Tool.run(["diff", "half.mlpack", "tuned.mlpack", "--json"], in: folder).output)
    let tensors = try #require(diff["tensors"] as? [[String: Any]]).filter {
      $0["status"] as? String != "identical"
    }
    #expect(tensors.map { $0["name"] as? String } == ["conv_pw_13/kernel", "dense/kernel"])
    // Half a step of float16 at values below 1.
    #expect(tensors.allSatisfy { ($0["maxAbs"] as? Double ?? 1) <= 0x1p-12 })
  }

  @Test func anotherBaseIsRefused() throws {
    try folder.addPack()
    try finetune()
    try Tool.output(["delta", "small.mlpack", "tuned.mlpack", "-o", "d.delta"], in: folder)
    try folder.addPack(["--train", "dense", "--classes", "3"])
    let before = try folder.names
    let outcome = try Tool.run(["apply", "small.mlpack", "d.delta", "-o", "back.mlpack"], in: folder)
    let line =
      #/mlpack: error: 'd\.delta' does not belong to this base: it is for the pack with SHA-256 ([0-9a-f]{12})…; 'small\.mlpack' has ([0-9a-f]{12})… \(rule D-08\); give the pack that it was made from\n/#
    let match = try #require(outcome.errors.wholeMatch(of: line))
    #expect(match.1 != match.2)
    #expect(outcome.output == "")
    #expect(outcome.status == 65)
    #expect(try folder.names == before)
  }

  @Test func aPackThatWasNotTrainedFromTheBaseIsRefused() throws {
    try folder.addPack(["--dtype", "int8"])
    try finetune()
    try folder.addPack()
    let before = try folder.names
    let outcome = try Tool.run(["delta", "small.mlpack", "tuned.mlpack", "-o", "d.delta"], in: folder)
    #expect(
      outcome.errors
        == "mlpack: error: 'tuned.mlpack' was not trained from 'small.mlpack': frozen tensor conv1/kernel "
        + "differs from the base's; give the pack that it was trained from\n")
    #expect(outcome.status == 65)
    #expect(try folder.names == before)
  }

  @Test func damagedDeltasWriteNothing() throws {
    try folder.addPack()
    try finetune()
    try Tool.output(["delta", "small.mlpack", "tuned.mlpack", "-o", "d.delta"], in: folder)
    let delta = try folder.bytes("d.delta")
    for index in [100, 2000, delta.count / 2, delta.count - 1] {
      var flipped = delta
      flipped[index] ^= 4
      try folder.write("d.delta", flipped)
      let before = try folder.names
      let outcome = try Tool.run(["apply", "small.mlpack", "d.delta", "-o", "back.mlpack"], in: folder)
      let line = #/mlpack: error: 'd\.delta' is damaged: .+ \(rule D-\d\d\); fetch or make it again\n/#
      #expect(outcome.errors.wholeMatch(of: line) != nil)
      #expect(outcome.status == 65)
      #expect(try folder.names == before)
    }
  }

  @Test func inspectDescribesADelta() throws {
    try folder.addPack()
    try finetune()
    try Tool.output(["delta", "small.mlpack", "tuned.mlpack", "-o", "d.delta"], in: folder)
    let text = try Tool.output(["inspect", "d.delta"], in: folder)
    let lines = text.split(separator: "\n").map(String.init)
    try #require(lines.count == 7)
    #expect(lines[0].wholeMatch(of: #/file     mlpack delta, [\d,]+ bytes/#) != nil)
    #expect(lines[1] == "network  mobilenet_0.10_32, alpha 0.1, input 32 × 32 × 3")
    #expect(lines[2] == "labels   ant, bee, cat")
    #expect(lines[3] == "trains   conv_pw_13,dense")
    #expect(lines[4] == "carries  conv_pw_13, dense (10,713 parameters)")
    #expect(lines[5].wholeMatch(of: #/base     [0-9a-f]{64}/#) != nil)
    let json = try object(Tool.output(["inspect", "d.delta", "--json"], in: folder))
    #expect(json["format"] as? String == "mlpack-delta")
    #expect((json["base"] as? String).map { "base     \($0)" } == lines[5])
    #expect((json["tensors"] as? [[String: Any]])?.map { $0["parameters"] as? Int } == [10_404, 306, 3])
  }

  @Test func aDeltaIsNoNetwork() throws {
    try folder.addPack()
    try Tool.output(["delta", "small.mlpack", "small.mlpack", "-o", "d.delta"], in: folder)
    let outcome = try Tool.run(["export", "d.delta", "-o", "x.h5"], in: folder)
    #expect(
      outcome.errors
        == "mlpack: error: 'd.delta' is a delta; 'mlpack apply BASE d.delta -o PACK' makes a pack of it\n")
    #expect(outcome.status == 65)
  }
}
