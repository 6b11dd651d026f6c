import PackFile
import Testing

/// What a user reads of each hostile file, letter by letter: `fixtures/hostile/*_errors.tsv` have it.
@Suite struct ErrorTextTests {
  @Test func everyHostilePackHasItsText() throws {
    var found: [String: String] = [:]
    for hostile in HostilePack.all {
      let error = #expect(throws: PackError.self) { try PackFile.decode(hostile.bytes, name: "x.mlpack") }
      #expect(found[hostile.testDescription] == nil, "two are called '\(hostile.testDescription)'")
      found[hostile.testDescription] = error?.description
    }
    try compare(found, "pack_errors.tsv")
  }

  @Test func everyHostileDeltaHasItsText() throws {
    var found: [String: String] = [:]
    for hostile in HostileDelta.all {
      let error = #expect(throws: DeltaError.self) {
        _ = try DeltaFile.decode(hostile.delta.bytes, name: "x.delta")
          .applied(to: DigestedPack(decoding: hostile.delta.base))
      }
      #expect(found[hostile.testDescription] == nil, "two are called '\(hostile.testDescription)'")
      found[hostile.testDescription] = error?.description
    }
    try compare(found, "delta_errors.tsv")
  }

  private func compare(_ found: [String: String], _ table: String) throws {
    let expected = try Specification.errors(table)
    #expect(Set(expected.keys) == Set(found.keys))
    for (file, text) in found.sorted(by: { $0.key < $1.key }) {
      #expect(expected[file] == text, "a line of \(table) should be: \(file)\t\(text)")
    }
  }
}
