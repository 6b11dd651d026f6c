import Foundation
import Testing

/// import, inspect and export, which need no device.
@Suite struct PackTests {
  private let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private static let summary = """
    source   Keras HDF5, weights alone, Keras 2.0.5
    network  mobilenet_0.10_32, alpha 0.1, input 32 × 32 × 3
    classes  3: ant, bee, cat
    folded   26 of 27 batch normalizations
    trains   conv_pw_13,dense: 10,713 of 40,190 parameters
    note     strides, padding and epsilon are not in the file: today's keras.applications.MobileNet is assumed

    """

  /// The source's name, with another ending.
  private static let defaultOutput = "mobilenet_hosted_no_top.mlpack"

  @Test func importSaysWhatItDid() throws {
    try folder.write("labels.txt", "ant\nbee\ncat\n")
    let outcome = try Tool.run(
      ["import", Fixtures.small, "--labels", "labels.txt", "--input-size", "32"], in: folder)
    let size = try folder.bytes(PackTests.defaultOutput).count
    #expect(outcome.output.hasPrefix(PackTests.summary))
    #expect(
      outcome.output.hasSuffix(
        "\nwrote \(PackTests.defaultOutput), \(size / 1000),\(padded(size % 1000)) bytes\n"))
    #expect(outcome.errors == "")
    #expect(outcome.status == 0)
    #expect(try folder.names == ["labels.txt", PackTests.defaultOutput])
  }

  private func padded(_ number: Int) -> String { String(String(number + 1000).dropFirst()) }

  @Test func aDryRunSaysTheSameAndWritesNothing() throws {
    let dry = try Tool.output(["import", Fixtures.small, "--dry-run"], in: folder)
    #expect(try folder.names == [])
    let wet = try Tool.output(["import", Fixtures.small], in: folder)
    #expect(dry == wet.replacing("\nwrote ", with: "\nwould write "))
    #expect(try folder.names == [PackTests.defaultOutput])
  }

  @Test func quietImportsAreSilent() throws {
    #expect(try Tool.output(["import", Fixtures.small, "--quiet"], in: folder) == "")
    #expect(try folder.names == [PackTests.defaultOutput])
  }

  @Test func theSeedDecidesTheNewHead() throws {
    for (name, seed) in [("a", "1"), ("b", "1"), ("c", "2")] {
      try Tool.output(["import", Fixtures.small, "--classes", "3", "--seed", seed, "-o", name], in: folder)
    }
    #expect(try folder.bytes("a") == folder.bytes("b"))
    #expect(try folder.bytes("a") != folder.bytes("c"))
  }

  @Test func theMaskIsUpToTheUser() throws {
    try folder.addPack(["--classes", "3", "--train", "conv_pw_12..,-*_bn"])
    let inspection = try object(Tool.output(["inspect", "small.mlpack", "--json"], in: folder))
    #expect(inspection["mask"] as? String == "conv_pw_12,conv_dw_13,conv_pw_13,dense")
  }

  @Test func inspectShowsAPackAsKerasShowsItsModel() throws {
    try folder.addPack(["--classes", "3"])
    let size = try folder.bytes("small.mlpack").count
    let lines = try Tool.output(["inspect", "small.mlpack"], in: folder).split(
      separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "file     mlpack pack, \(size / 1000),\(padded(size % 1000)) bytes")
    #expect(lines[1] == "network  mobilenet_0.10_32, alpha 0.1, input 32 × 32 × 3")
    #expect(lines[2] == "trains   conv_pw_13,dense")
    #expect(lines[3] == "source   mobilenet_hosted_no_top.h5")
    #expect(lines[6] == "")
    #expect(lines[7] == "layer (type)                         output shape      params train  bytes")
    let found = Set(lines[9...].map(String.init))
    for row in [
      "conv1 (Conv2D)                       (None, 16, 16, 3)     81 N      324 B",
      "conv_pw_13 (Conv2D)                  (None, 1, 1, 102) 10,404 Y      42 kB",
      "average_pooling2d (AveragePooling2D) (None, 1, 1, 102)      0 -",
    ] {
      let isThere = found.contains(row)
      #expect(isThere, "\(row)")
    }
    #expect(
      lines.suffix(4) == [
        "total parameters  40,190", "trainable         10,713", "non-trainable     29,477", "",
      ])
  }

  @Test func exportingWhatWasImportedGivesTheOriginalBack() throws {
    try folder.addPack()
    let output = try Tool.output(
      ["export", "small.mlpack", "--onto", Fixtures.small, "-o", "back.h5"], in: folder)
    #expect(output == "wrote back.h5: \(Fixtures.small) with 0 tensors rewritten\n")
    #expect(try folder.bytes("back.h5") == Fixtures.bytes("keras/mobilenet_hosted_no_top.h5"))
    #expect(try folder.names == ["back.h5", "small.mlpack"])
  }

  @Test func anExportIsImportedToTheSameWeights() throws {
    try folder.addPack(["--classes", "3"])
    #expect(
      try Tool.output(["export", "small.mlpack", "-o", "out.h5"], in: folder)
        == "wrote out.h5: mobilenet_0.10_32, 40,190 parameters\n")
    try Tool.output(["export", "small.mlpack", "--onto", "out.h5", "-o", "same.h5"], in: folder)
    #expect(try folder.bytes("out.h5") == folder.bytes("same.h5"))
  }

  @Test func anOutputMayBeItsOwnInput() throws {
    try folder.addPack()
    try folder.write("own.h5", Fixtures.bytes("keras/mobilenet_hosted_no_top.h5"))
    try Tool.output(["export", "small.mlpack", "--onto", "own.h5", "-o", "own.h5"], in: folder)
    #expect(try folder.bytes("own.h5") == Fixtures.bytes("keras/mobilenet_hosted_no_top.h5"))
    #expect(try folder.names == ["own.h5", "small.mlpack"])
  }

  @Test func aFullDiskUnderStandardOutputIsAnError() throws {
    let script = "'\(Tool.path)' inspect '\(Fixtures.small)' > /dev/full"
    let outcome = try Shell.run(script, in: folder)
    #expect(outcome.errors == "mlpack: error: standard output: No space left on device\n")
    #expect(outcome.status == 73)
  }

  @Test func aReaderThatHasEnoughIsNoError() throws {
    let script = "{ '\(Tool.path)' inspect '\(Fixtures.small)' --json; echo $? >&2; } | true"
    let outcome = try Shell.run(script, in: folder)
    #expect(outcome.errors == "0\n")
  }
}
