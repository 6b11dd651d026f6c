import Foundation
import Testing

/// Packs in fewer bits and compressed ones.
@Suite struct ReductionTests {
  private let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func importing(_ options: String...) throws -> [String] {
    try Tool.output(
      ["import", Fixtures.small, "--input-size", "32", "-o", "small.mlpack", "--train", "none"] + options,
      in: folder
    ).split(separator: "\n").map(String.init)
  }

  /// What inspect says of each tensor: its dtype and bytes.
  private func stored() throws -> [(name: String, dtype: String, bytes: Int)] {
    let inspection = try object(Tool.output(["inspect", "small.mlpack", "--json"], in: folder))
    let layers = try #require(inspection["layers"] as? [[String: Any]])
    return layers.flatMap { layer in
      (layer["tensors"] as? [[String: Any]] ?? []).map { tensor in
        let name = "\(layer["name"] ?? "")/\(tensor["name"] ?? "")"
        return (name, tensor["dtype"] as? String ?? "", tensor["bytes"] as? Int ?? -1)
      }
    }
  }

  @Test(arguments: [("f16", "float16", 2), ("bf16", "bfloat16", 2), ("int8", "int8", 1)])
  func frozenKernelsAreReduced(_ dtype: String, _ name: String, _ width: Int) throws {
    let exact = try importing()
    let parameters = try stored()
    let lines = try importing("--dtype", dtype)
    let rows = Set(exact.dropLast()).symmetricDifference(lines.dropLast())
    try #require(rows.count == 1)
    let row = try #require(rows.first)
    let expected =
      #/reduced  27 kernels to (\w+); worst error of a weight [\d.e-]+ \([\w/]+\), mean [\d.e-]+/#
    #expect(row.wholeMatch(of: expected)?.1 == name[...])
    for (before, after) in zip(parameters, try stored()) {
      let isKernel = before.name.hasSuffix("kernel")
      #expect(after.dtype == (isKernel ? name : "float32"))
      guard isKernel, width == 2 else { continue }
      #expect(after.bytes == before.bytes / 2)
    }
  }

  @Test func trainableKernelsStayAsTheyAre() throws {
    try folder.addPack(["--dtype", "int8"])
    let float32 = try stored().filter { $0.dtype == "float32" && $0.name.hasSuffix("kernel") }
    #expect(float32.map(\.name) == ["conv_pw_13/kernel"])
  }

  @Test func compressedPacksHoldTheSame() throws {
    _ = try importing()
    let plain = try folder.bytes("small.mlpack").count
    try Tool.output(["export", "small.mlpack", "-o", "plain.h5"], in: folder)
    _ = try importing("--compress")
    #expect(try folder.bytes("small.mlpack").count < plain)
    try Tool.output(["export", "small.mlpack", "-o", "compressed.h5"], in: folder)
    #expect(try folder.bytes("plain.h5") == folder.bytes("compressed.h5"))
    // As much as all tensors together, and somewhat more for the rest.
    let total = try stored().reduce(0) { $0 + $1.bytes }
    #expect(try (total..<total * 2).contains(folder.bytes("small.mlpack").count))
  }

  @Test func aDryRunSaysTheSize() throws {
    let options = ["--dtype", "int8", "--compress"]
    let dry = try importing("--dtype", "int8", "--compress", "--dry-run")
    #expect(try folder.names == [])
    let wet = try importing("--dtype", "int8", "--compress")
    #expect(dry.last == wet.last?.replacing("wrote ", with: "would write "), "\(options)")
  }

  @Test func calibrationComparesOutputs() throws {
    try folder.addPhotos()
    try folder.write("photos/loose.jpg", Fixtures.bytes("images/photo.jpg"))
    let lines = try importing("--dtype", "int8", "--classes", "3", "--calibrate", "photos")
    let outputs = #/outputs  worst error [\d.e-]+, mean [\d.e-]+ on 7 images/#
    #expect(lines.count { $0.wholeMatch(of: outputs) != nil } == 1)
    let agreement = #/top-1    the same on \d of 7 images, [\d.]+ %/#
    #expect(lines.count { $0.wholeMatch(of: agreement) != nil } == 1)
    // A feature extractor has no answer to agree on.
    let features = try importing("--dtype", "f16", "--calibrate", "photos/ant")
    #expect(features.contains { $0.hasPrefix("outputs ") })
    #expect(!features.contains { $0.hasPrefix("top-1 ") })
  }

  @Test func calibrationNeedsImages() throws {
    try folder.folder("empty")
    let outcome = try Tool.run(
      ["import", Fixtures.small, "--dtype", "f16", "--calibrate", "empty"], in: folder)
    #expect(outcome.errors == "mlpack: error: empty: there are no images in it\n")
    #expect(outcome.status == 65)
    #expect(try folder.names == ["empty"])
  }

  @Test func exportsSayWhatIsApproximate() throws {
    _ = try importing("--dtype", "bf16")
    let lines = try Tool.output(["export", "small.mlpack", "-o", "out.h5"], in: folder)
      .split(separator: "\n").map(String.init)
    #expect(lines.count == 8)
    #expect(lines[1] == "27 tensors are approximations of the original:")
    #expect(lines[2...6].allSatisfy { $0.wholeMatch(of: #/  [\w/]+ +by at most [\d.e-]+/#) != nil })
    #expect(lines[7] == "  and 22 more by less; --verbose lists them all")
    let all = try Tool.output(["export", "small.mlpack", "-o", "out.h5", "--verbose"], in: folder)
    #expect(all.split(separator: "\n").count { $0.contains(" by at most ") } == 27)
  }

  @Test func exactExportsSayNothing() throws {
    _ = try importing()
    let output = try Tool.output(["export", "small.mlpack", "-o", "out.h5"], in: folder)
    #expect(output.split(separator: "\n").count == 1)
  }

  /// A run adds a classifier and trains; what is frozen stays in the bits that it has.
  @Test func trainingKeepsReducedKernels() throws {
    try folder.addPhotos()
    try folder.addPack(["--dtype", "int8", "--compress"])
    let before = try stored()
    try Tool.output(
      [
        "finetune", "small.mlpack", "--data", "photos", "--epochs", "1", "--batch-size", "3", "--quiet", "-o",
        "small.mlpack",
      ],
      in: folder)
    let after = try stored()
    #expect(before.map(\.dtype) == after.prefix(before.count).map(\.dtype))
    #expect(zip(before, after).allSatisfy { $0.dtype == "float32" || $0.bytes == $1.bytes })
    #expect(after.dropFirst(before.count).map(\.name) == ["dense/kernel", "dense/bias"])
  }
}
