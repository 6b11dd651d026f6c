import Foundation
import PackFile
import Testing

/// Files that a fuzzer found, or that are like those: each once broke a promise, or would without a rule.
@Suite struct HostileFixtureTests {
  private static func files(_ folder: String) throws -> [(name: String, bytes: [UInt8])] {
    let path = Specification.root + "/fixtures/hostile/" + folder
    return try FileManager.default.contentsOfDirectory(atPath: path).sorted().map { name in
      (name, Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))))
    }
  }

  @Test func packsGiveAnErrorOrThemselves() throws {
    let files = try HostileFixtureTests.files("pack")
    #expect(!files.isEmpty)
    for (name, bytes) in files {
      guard let pack = try? PackFile.decode(bytes) else { continue }
      #expect(try PackFile.encode(pack) == bytes, "\(name)")
    }
  }

  @Test func deltasGiveAnErrorOrThemselves() throws {
    let files = try HostileFixtureTests.files("delta")
    #expect(!files.isEmpty)
    let base = try DigestedPack(decoding: SpecifiedPack().bytes)
    for (name, bytes) in files {
      guard let delta = try? DeltaFile.decode(bytes) else { continue }
      #expect(try DeltaFile.encode(delta) == bytes, "\(name)")
      _ = try? delta.applied(to: base)
    }
  }
}
