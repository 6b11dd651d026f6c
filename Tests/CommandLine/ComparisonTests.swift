import Foundation
import Testing

/// What verify and diff say of two files.
@Suite struct ComparisonTests {
  private let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func addPack(_ name: String, of source: String = Fixtures.small, _ options: [String] = []) throws {
    try Tool.output(
      ["import", source, "--classes", "3", "--input-size", "32", "-o", name] + options, in: folder)
  }

  /// The entry of one tensor in what `diff --json` tells.
  private func entry(_ tensor: String, _ a: String, _ b: String) throws -> [String: Any] {
    let found = try object(Tool.run(["diff", a, b, "--json"], in: folder).output)
    let tensors = try #require(found["tensors"] as? [[String: Any]])
    return try #require(tensors.first { $0["name"] as? String == tensor })
  }

  @Test func aPackWithoutItsOwnHeadIsItsSource() throws {
    try Tool.output(["import", Fixtures.small, "-o", "a.mlpack"], in: folder)
    for command in ["verify", "diff"] {
      let outcome = try Tool.run([command, "a.mlpack", Fixtures.small], in: folder)
      #expect(outcome.output.hasSuffix("identical: 135 tensors, every bit\n"))
      #expect(outcome.errors == "")
      #expect(outcome.status == 0)
    }
  }

  @Test func anExportIsItsPack() throws {
    try addPack("a.mlpack")
    try Tool.output(["export", "a.mlpack", "-o", "a.h5"], in: folder)
    #expect(
      try Tool.output(["verify", "a.mlpack", "a.h5"], in: folder) == "identical: 137 tensors, every bit\n")
  }

  @Test func aHeadThatOneFileLacksIsNamed() throws {
    try addPack("a.mlpack")
    let outcome = try Tool.run(["verify", Fixtures.small, "a.mlpack"], in: folder)
    #expect(
      outcome.output == "different: 2 tensors in 'a.mlpack' alone (dense/kernel, dense/bias); "
        + "135 tensors identical\n")
    #expect(outcome.errors == "")
    #expect(outcome.status == 1)
    let table = try Tool.run(["diff", Fixtures.small, "a.mlpack"], in: folder)
    #expect(table.output.contains("\ndense/kernel  in B alone\ndense/bias    in B alone\n"))
    #expect(table.status == 1)
  }

  @Test func headsOfDifferentSeedsWereToBeTrained() throws {
    try addPack("a.mlpack", ["--seed", "1"])
    try addPack("b.mlpack", ["--seed", "2"])
    let outcome = try Tool.run(["verify", "a.mlpack", "b.mlpack"], in: folder)
    let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "different: 1 tensor trained; 136 tensors identical")
    #expect(lines[1] == "")
    #expect(lines[2] == "tensor        status   max abs     ulp  relative")
    #expect(lines[4].hasPrefix("dense/kernel  trained  "))
    #expect(lines.count == 6)
    #expect(outcome.errors == "")
    #expect(outcome.status == 1)
  }

  @Test func aFrozenTensorThatChangedIsAnError() throws {
    let edit = try folder.addCopy("other.h5", changing: "conv1_bn/beta") { $0 - 0.5 }
    try addPack("a.mlpack")
    try addPack("b.mlpack", of: "other.h5")
    let outcome = try Tool.run(["verify", "a.mlpack", "b.mlpack"], in: folder)
    #expect(outcome.output.hasPrefix("different: 1 frozen tensor changed; 136 tensors identical\n"))
    #expect(outcome.output.contains("\nconv1_bn/beta  frozen, changed    0.500  "))
    #expect(
      outcome.errors == "mlpack: error: frozen tensor changed: conv1_bn/beta, by up to 0.500, "
        + "between 'a.mlpack' and 'b.mlpack'\n")
    #expect(outcome.status == 1)
    let found = try entry("conv1_bn/beta", "a.mlpack", "b.mlpack")
    #expect(found["status"] as? String == "changed")
    #expect(found["maxAbs"] as? Double == edit.distance)
    #expect(found["differing"] as? Int == 1)
    // diff lists it, and leaves the judgement to verify.
    #expect(try Tool.run(["diff", "a.mlpack", "b.mlpack"], in: folder).errors == "")
  }

  @Test func theErrorIsThereWithJSONAndWhenQuiet() throws {
    try folder.addCopy("other.h5", changing: "conv1_bn/beta") { $0 - 0.5 }
    try addPack("a.mlpack")
    for option in ["--json", "--quiet"] {
      let outcome = try Tool.run(["verify", "a.mlpack", "other.h5", option], in: folder)
      #expect(outcome.errors.hasPrefix("mlpack: error: frozen tensor changed: conv1_bn/beta"))
      #expect(outcome.errors.filter { $0 == "\n" }.count == 1)
      #expect(outcome.output.isEmpty == (option == "--quiet"))
      #expect(outcome.status == 1)
    }
  }

  @Test func oneStepIsSeen() throws {
    let edit = try folder.addCopy("other.h5", changing: "conv_pw_13/kernel", \.nextUp)
    try addPack("a.mlpack")
    let trained = try entry("conv_pw_13/kernel", "a.mlpack", "other.h5")
    #expect(trained["status"] as? String == "trained")
    #expect(trained["maxUlp"] as? Int == 1)
    #expect(trained["maxAbs"] as? Double == edit.distance)
    let range = try folder.statistics(of: "conv_pw_13/kernel", in: Fixtures.small)
    let largest = try max(-Double(edit.before), #require(range["max"] as? Double))
    // Foundation reads some numbers a few steps off.
    let relative = try #require(trained["relative"] as? Double)
    #expect(abs(relative / (edit.distance / largest) - 1) < 1e-14)
    // Without a pack, nobody says that it was to be trained.
    let unknown = try Tool.run(["verify", Fixtures.small, "other.h5"], in: folder)
    #expect(unknown.output.hasPrefix("different: 1 tensor differs; 134 tensors identical\n"))
    #expect(unknown.status == 1)
  }

  @Test func jsonHasTheKeysThatWerePromised() throws {
    try addPack("a.mlpack")
    for command in ["verify", "diff"] {
      let outcome = try Tool.run([command, Fixtures.small, "a.mlpack", "--json"], in: folder)
      let found = try object(outcome.output)
      #expect(
        found.keys.sorted() == [
          "equal", "identical", "onlyInA", "onlyInB", "renamed", "structure", "tensors",
        ])
      #expect(found["equal"] as? Bool == false)
      #expect(found["identical"] as? Bool == false)
      #expect(found["onlyInA"] as? [String] == [])
      #expect(found["onlyInB"] as? [String] == ["dense/kernel", "dense/bias"])
      let tensors = try #require(found["tensors"] as? [[String: Any]])
      #expect(tensors.count == 135)
      #expect(tensors.allSatisfy { $0["status"] as? String == "identical" })
      #expect(
        tensors[0].keys.sorted() == [
          "differing", "folded", "maxAbs", "maxUlp", "name", "relative", "shape", "status",
        ])
      #expect(tensors[0]["name"] as? String == "conv1/kernel")
      #expect(tensors[0]["shape"] as? [Int] == [3, 3, 3, 3])
      #expect(outcome.status == 1)
    }
  }

  @Test func noNumberIsMeasuredFromNaN() throws {
    try folder.addCopy("other.h5", changing: "conv1/kernel") { _ in .nan }
    let found = try entry("conv1/kernel", Fixtures.small, "other.h5")
    #expect(found["maxAbs"] is NSNull)
    #expect(found["maxUlp"] is NSNull)
    #expect(found["relative"] is NSNull)
    let table = try Tool.run(["diff", Fixtures.small, "other.h5"], in: folder).output
    #expect(table.contains("\nconv1/kernel  differs        –    –         –\n"))
    // The same NaN is the same.
    #expect(
      try Tool.output(["verify", "other.h5", "other.h5"], in: folder) == "identical: 135 tensors, every bit\n"
    )
  }

  @Test func diffListsIdenticalTensorsWhenMoreIsToBeTold() throws {
    let plain = try Tool.output(["diff", Fixtures.small, Fixtures.small], in: folder)
    let more = try Tool.output(["diff", Fixtures.small, Fixtures.small, "--verbose"], in: folder)
    #expect(
      plain == """
        A  \(Fixtures.small): Keras HDF5, weights alone, Keras 2.0.5
        B  \(Fixtures.small): Keras HDF5, weights alone, Keras 2.0.5

        identical: 135 tensors, every bit

        """)
    #expect(more.contains("\nconv1/kernel                   identical        0    0         0\n"))
    #expect(more.split(separator: "\n").count == plain.split(separator: "\n").count + 137)
  }

  @Test func aNetworkOfAnotherWidthHasOtherShapes() throws {
    let other = Fixtures.root + "/fixtures/keras/keras2_nested_frozen.h5"
    let outcome = try Tool.run(["verify", Fixtures.small, other], in: folder)
    #expect(
      outcome.output.hasPrefix("different: 135 tensors of another shape, 2 tensors in '\(other)' alone"))
    #expect(outcome.output.contains("\nconv1/kernel              3×3×3×3 | 3×3×3×4"))
    #expect(outcome.output.hasSuffix("\nand 130 more, which 'mlpack diff' lists\n"))
    #expect(outcome.status == 1)
  }
}
