import Foundation
import ModelGraph
import PackFile
import Testing

/// One pack has one encoding, of real networks too: every file of `fixtures/keras` that can be imported, in every form.
@Suite struct OneEncodingTests {
  private static let sources: [String] = {
    let folder = Fixtures.root + "/fixtures/keras"
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.sorted().filter { name in [".h5", ".keras"].contains { name.hasSuffix($0) } }
  }()

  private let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private static let options: [[String]] = {
    let isLong = ProcessInfo.processInfo.environment["MLPACK_LONG_TESTS"] != nil
    return [["--dtype", "int8"], ["--train", "*"]]
      + (isLong ? [[], ["--dtype", "f16", "--train", "none"]] : [])
  }()

  @Test(arguments: options)
  func whatIsReadIsWrittenBack(_ options: [String]) throws {
    var imported = 0
    for source in OneEncodingTests.sources {
      let outcome = try Tool.run(
        ["import", "\(Fixtures.root)/fixtures/keras/\(source)", "-o", "a.mlpack", "--quiet"] + options,
        in: folder)
      guard outcome.status == 0 else { continue }
      imported += 1
      let bytes = Array(try folder.bytes("a.mlpack"))
      #expect(try PackFile.encode(PackFile.decode(bytes)) == bytes, "\(source)")
    }
    #expect(imported > 30)
  }

  /// Of compressed packs that is so for what this zlib wrote.
  @Test func whatWasCompressedHereIsWrittenBack() throws {
    try folder.addPack(["--compress"])
    let bytes = Array(try folder.bytes("small.mlpack"))
    #expect(try PackFile.encode(PackFile.decode(bytes)) == bytes)
  }
}
