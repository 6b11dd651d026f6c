import Foundation
import Testing
import ZipArchive

/// Archives of mlpack, and of Python's zipfile; what Python reads of mlpack's is in Tests/Interop.
@Suite struct ZipArchiveTests {
  private let members: [(name: String, bytes: [UInt8])] = [
    ("metadata.json", Array("{}".utf8)), ("config.json", Array(repeating: 7, count: 5000)), ("empty", []),
  ]

  private func contents(_ archive: [UInt8]) throws -> [String: [UInt8]] {
    try archive.withUnsafeBytes { bytes in
      let archive = try ZipArchive(bytes)
      var found: [String: [UInt8]] = [:]
      for name in archive.names { found[name] = try archive.contents(of: name) }
      return found
    }
  }

  private func problem(_ archive: [UInt8]) -> ZipError? {
    do {
      _ = try contents(archive)
      return nil
    } catch {
      return error as? ZipError
    }
  }

  @Test func whatIsWrittenIsRead() throws {
    let archive = try ZipArchive.archive(of: members)
    #expect(try contents(archive) == Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.bytes) }))
    #expect(try archive.withUnsafeBytes { try ZipArchive($0).names } == members.map(\.name))
  }

  /// Python's `zipfile.ZipFile(…, "w", ZIP_DEFLATED)`: two deflated members, a folder and one that is empty.
  private static let deflated = """
    UEsDBBQAAAAIAAAAIQCEurLwHAAAABoAAAANAAAAbWV0YWRhdGEuanNvbqtWyk4tSiyOL0stKs7Mz1OyUlAy1jPQM1WqBQBQSwMEFAAA\
    AAAAAAAhAAAAAAAAAAAAAAAAAAcAAABhc3NldHMvUEsDBBQAAAAIAAAAIQB7m31PFgAAAIgTAAALAAAAY29uZmlnLmpzb27twSEBAAAA\
    wyC5/o2f4g4oAAAAAOBtUEsDBBQAAAAAAAAAIQAAAAAAAAAAAAAAAAAFAAAAZW1wdHlQSwECFAMUAAAACAAAACEAhLqy8BwAAAAaAAAA\
    DQAAAAAAAAAAAAAAgAEAAAAAbWV0YWRhdGEuanNvblBLAQIUAxQAAAAAAAAAIQAAAAAAAAAAAAAAAAAHAAAAAAAAAAAAAACAAUcAAABh\
    c3NldHMvUEsBAhQDFAAAAAgAAAAhAHubfU8WAAAAiBMAAAsAAAAAAAAAAAAAAIABbAAAAGNvbmZpZy5qc29uUEsBAhQDFAAAAAAAAAAh\
    AAAAAAAAAAAAAAAAAAUAAAAAAAAAAAAAAIABqwAAAGVtcHR5UEsFBgAAAAAEAAQA3AAAAM4AAAAAAA==
    """

  /// Python's, written to a pipe: sizes and checksum follow the member.
  private static let streamed = """
    UEsDBBQACAAIAAAAIQAAAAAAAAAAAAAAAAALAAAAY29uZmlnLmpzb26rrq0mCgIAUEsHCOMbRZUHAAAAKAAAAFBLAQIUAxQACAAIAAAA\
    IQDjG0WVBwAAACgAAAALAAAAAAAAAAAAAACAAQAAAABjb25maWcuanNvblBLBQYAAAAAAQABADkAAABAAAAAAAA=
    """

  @Test func membersOfOtherWritersAreRead() throws {
    let deflated = try #require(Data(base64Encoded: Self.deflated))
    #expect(
      try contents(Array(deflated)) == [
        "metadata.json": Array("{\"keras_version\": \"3.0.5\"}".utf8), "assets/": [],
        "config.json": [UInt8](repeating: 7, count: 5000), "empty": [],
      ])
    let streamed = try #require(Data(base64Encoded: Self.streamed))
    #expect(
      try contents(Array(streamed)) == [
        "config.json": Array(String(repeating: "{}", count: 20).utf8)
      ])
  }

  @Test func equalMembersGiveEqualBytes() throws {
    #expect(try ZipArchive.archive(of: members) == ZipArchive.archive(of: members))
  }

  /// Stored members stand in the archive as they are, so that others can map them.
  @Test func membersAreStored() throws {
    let archive = try ZipArchive.archive(of: members)
    #expect(archive.count > 5000 && archive.count < 5500)
  }

  @Test func oneMemberIsReplaced() throws {
    let archive = try ZipArchive.archive(of: members)
    let changed = try archive.withUnsafeBytes {
      try ZipArchive.archive($0, replacing: "config.json", by: [1, 2, 3])
    }
    let found = try contents(changed)
    #expect(found["config.json"] == [1, 2, 3])
    #expect(found["metadata.json"] == Array("{}".utf8))
    #expect(try changed.withUnsafeBytes { try ZipArchive($0).names } == members.map(\.name))
    #expect(throws: ZipError.missing("other")) {
      try archive.withUnsafeBytes { try ZipArchive.archive($0, replacing: "other", by: []) }
    }
  }

  @Test func namesThatLeadElsewhere() throws {
    for name in ["/etc/passwd", "../up", "a/../../b", "a\\b"] {
      #expect(problem(try ZipArchive.archive(of: [(name, [1])])) == .badName(name))
    }
  }

  @Test func missingMembers() throws {
    let archive = try ZipArchive.archive(of: members)
    #expect(throws: ZipError.missing("config")) {
      try archive.withUnsafeBytes { try ZipArchive($0).contents(of: "config") }
    }
  }

  @Test func damage() throws {
    let archive = try ZipArchive.archive(of: members)
    #expect(problem([]) != nil)
    for length in stride(from: 1, to: archive.count, by: 97) {
      #expect(problem(Array(archive[..<length])) != nil, "\(length) bytes")
    }
    // A byte of the second member: its checksum tells.
    var flipped = archive
    flipped[2000] ^= 1
    guard case .damaged(let why)? = problem(flipped) else {
      Issue.record("a flipped byte was read")
      return
    }
    #expect(why.contains("config.json"))
  }
}
