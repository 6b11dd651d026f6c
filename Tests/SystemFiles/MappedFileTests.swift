import Glibc
import SystemFiles
import Testing

@Suite struct MappedFileTests {
  @Test func aFileIsMappedWhole() throws {
    let folder = try Folder()
    let content = (0..<10_000).map { UInt8($0 % 251) }
    try folder.put("file", content)
    let file = try MappedFile(path: folder / "file")
    #expect(file.count == 10_000)
    #expect(file.withUnsafeBytes { Array($0) } == content)
    #expect(file.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) % 4096 } == 0)
  }

  @Test func anEmptyFileHasNoBytes() throws {
    let folder = try Folder()
    try folder.put("empty", "")
    let file = try MappedFile(path: folder / "empty")
    #expect(file.count == 0)
    #expect(file.withUnsafeBytes { $0.count } == 0)
  }

  @Test func aFileThatIsDeletedStaysMapped() throws {
    let folder = try Folder()
    try folder.put("file", "still here")
    let file = try MappedFile(path: folder / "file")
    unlink(folder / "file")
    #expect(file.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } == "still here")
  }

  @Test func whatCannotBeReadSaysWhy() throws {
    let folder = try Folder()
    mkfifo(folder / "pipe", 0o644)
    try folder.put("file", "x")
    let cases: [(String, FileError.Kind, Int32, String)] = [
      (folder / "missing", .notFound, ENOENT, "is not there (open: No such file or directory)"),
      (folder / "file/inside", .notFound, ENOTDIR, "is not there (open: Not a directory)"),
      (folder.path, .cannotRead, EISDIR, "cannot be read (open: Is a directory)"),
      (folder / "pipe", .cannotRead, EINVAL, "cannot be read (open: not a regular file)"),
      ("/dev/zero", .cannotRead, EINVAL, "cannot be read (open: not a regular file)"),
    ]
    for (path, kind, code, text) in cases {
      let error = #expect(throws: FileError.self) { try MappedFile(path: path) }
      #expect(error == FileError(kind, path: path, operation: "open", code: code))
      #expect("\(try #require(error))" == "'\(path)' \(text)")
    }
  }

  @Test func aMessageStaysOnOneLine() {
    let error = FileError(.notFound, path: "a\nb\u{1B}[31m", operation: "open", code: ENOENT)
    #expect("\(error)" == "'a\\u{a}b\\u{1b}[31m' is not there (open: No such file or directory)")
  }
}

@Suite struct DigestTests {
  /// The examples of FIPS 180-2.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func digestIsThatOfTheStandard(_ text: String, _ hex: String) throws {
    var digest = Digest()
    digest.update(Array(text.utf8.prefix(5)))
    digest.update(Array(text.utf8.dropFirst(5)))
    #expect(digest.hex() == hex)
    let folder = try Folder()
    try folder.put("file", text)
    #expect(try Digest.sha256(path: folder / "file") == hex)
  }

  @Test func aMillionTimesA() {
    var digest = Digest()
    let thousand = [UInt8](repeating: UInt8(ascii: "a"), count: 1000)
    for _ in 0..<1000 { thousand.withUnsafeBytes { digest.update($0) } }
    #expect(digest.hex() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func aMissingFileHasNoDigest() {
    #expect(throws: FileError.self) { try Digest.sha256(path: "/nonexistent") }
  }
}
