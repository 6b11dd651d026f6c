import Glibc
import SystemFiles
import Testing

@Suite struct AtomicFileTests {
  private struct Refused: Error, Equatable {}

  @Test func aNewFileHasItsContentAndTheUmasksMode() throws {
    let folder = try Folder()
    try AtomicFile.write(to: folder / "new") { writer in
      try writer.append(Array("first, ".utf8))
      #expect(writer.position == 7)
      try writer.append(Array("second".utf8))
      #expect(writer.position == 13)
    }
    #expect(try folder.text("new") == "first, second")
    #expect(try folder.mode("new") == 0o666 & ~(try currentUmask()))
    #expect(folder.names() == ["new"])
  }

  @Test func largeAndSmallPiecesKeepTheirOrder() throws {
    let folder = try Folder()
    let pieces = [3, 70_000, 1, 65_535, 65_536, 0, 200_000, 5].enumerated().map { index, count in
      [UInt8](repeating: UInt8(index + 1), count: count)
    }
    try AtomicFile.write(to: folder / "pieces") { writer in
      for piece in pieces { try writer.append(piece) }
    }
    #expect(try folder.bytes("pieces") == pieces.flatMap { $0 })
  }

  @Test func anEmptyFileCanBeWritten() throws {
    let folder = try Folder()
    try AtomicFile.write(to: folder / "empty") { _ in }
    #expect(try folder.bytes("empty") == [])
  }

  @Test func nothingIsThereBeforeTheEnd() throws {
    let folder = try Folder()
    try AtomicFile.write(to: folder / "late") { writer in
      try writer.append([UInt8](repeating: 7, count: 100_000))
      #expect(!folder.names().contains("late"))
      #expect(folder.names().count == 1)
    }
    #expect(folder.names() == ["late"])
  }

  @Test func anErrorLeavesTheOldFileAndNothingElse() throws {
    let folder = try Folder()
    try folder.put("file", "old")
    #expect(throws: Refused()) {
      try AtomicFile.write(to: folder / "file") { writer in
        try writer.append([UInt8](repeating: 7, count: 100_000))
        throw Refused()
      }
    }
    #expect(try folder.text("file") == "old")
    #expect(folder.names() == ["file"])
  }

  @Test(arguments: [0o600, 0o640, 0o755, 0o444] as [mode_t])
  func aReplacedFileKeepsItsMode(_ mode: mode_t) throws {
    let folder = try Folder()
    try folder.put("file", "old")
    chmod(folder / "file", mode)
    try AtomicFile.write(to: folder / "file") { writer in
      // While it is written it is to others no more open than the old one.
      let temporary = folder.names().first { $0 != "file" }
      #expect(try folder.mode(try #require(temporary)) & ~(mode | 0o600) == 0)
      try writer.append([1])
    }
    #expect(try folder.mode("file") == mode)
  }

  @Test func aSymbolicLinkStaysAndItsTargetIsReplaced() throws {
    let folder = try Folder()
    mkdir(folder / "inner", 0o755)
    try folder.put("inner/target", "old")
    symlink("inner/target", folder / "relative")
    symlink(folder / "relative", folder / "absolute")
    try AtomicFile.write(to: folder / "absolute") { try $0.append(Array("new".utf8)) }
    #expect(try folder.text("inner/target") == "new")
    #expect(folder.names() == ["absolute", "inner", "relative"])
    #expect(folder.names(in: "inner") == ["target"])
    symlink("inner/nothing yet", folder / "dangling")
    try AtomicFile.write(to: folder / "dangling") { try $0.append(Array("born".utf8)) }
    #expect(try folder.text("inner/nothing yet") == "born")
  }

  @Test func aRingOfLinksIsAnError() throws {
    let folder = try Folder()
    symlink("b", folder / "a")
    symlink("a", folder / "b")
    let error = #expect(throws: FileError.self) { try AtomicFile.write(to: folder / "a") { _ in } }
    #expect(error == FileError(.cannotWrite, path: folder / "a", operation: "open", code: ELOOP))
  }

  @Test func theLastLookIsAtWhatIsOnTheDisk() throws {
    let folder = try Folder()
    try folder.put("file", "old")
    #expect(throws: Refused()) {
      try AtomicFile.write(
        to: folder / "file",
        check: { file in
          #expect(file.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } == "new")
          throw Refused()
        }
      ) { try $0.append(Array("new".utf8)) }
    }
    #expect(try folder.text("file") == "old")
    #expect(folder.names() == ["file"])
  }

  @Test func anotherHandInTheFileIsNoticed() throws {
    let folder = try Folder()
    try folder.put("file", "old")
    let error = #expect(throws: FileError.self) {
      try AtomicFile.write(to: folder / "file") { writer in
        try writer.append([UInt8](repeating: 7, count: 100_000))
        try overwrite(folder / (try #require(folder.names().first { $0 != "file" })), "other")
      }
    }
    #expect(
      error == FileError(.cannotWrite, path: folder / "file", operation: "reading it back", code: EIO))
    #expect(try folder.text("file") == "old")
    #expect(folder.names() == ["file"])
  }

  @Test func whatAKilledProcessLeftBehindGoesWithTheNextFile() throws {
    let folder = try Folder()
    try folder.put(".mlpack-1234.tmp", "left behind")
    try folder.put(".other-1234.tmp", "somebody else's")
    try AtomicFile.write(to: folder / "outer") { _ in
      // That of a process at work stays.
      try AtomicFile.write(to: folder / "inner") { _ in }
    }
    #expect(folder.names() == [".other-1234.tmp", "inner", "outer"])
  }

  @Test func anOutputIsClaimedOnce() throws {
    let folder = try Folder()
    symlink("file", folder / "link")
    var claim: OutputClaim? = try OutputClaim(folder / "file")
    for name in ["file", "link"] {
      let error = #expect(throws: FileError.self) { try OutputClaim(folder / name) }
      #expect(error == FileError(.inUse, path: folder / name, operation: "lock", code: EAGAIN))
    }
    #expect(throws: Never.self) { _ = try OutputClaim(folder / "other") }
    try AtomicFile.write(to: folder / "file") { try $0.append([1]) }
    #expect(throws: FileError.self) { try OutputClaim(folder / "file") }
    _ = claim
    claim = nil
    _ = try OutputClaim(folder / "file")
    #expect(folder.names() == ["file", "link"])
  }

  @Test func messagesTellWhetherTheOldFileIsThere() {
    func text(_ kind: FileError.Kind) -> String {
      "\(FileError(kind, path: "x", operation: "fsync of its folder", code: EIO))"
    }
    #expect(text(.cannotWrite) == "'x' cannot be written (fsync of its folder: Input/output error)")
    #expect(
      text(.notSynced)
        == "'x' is written, but may be lost in a power cut (fsync of its folder: Input/output error)")
  }

  @Test func mapsOfTheOldFileStayValid() throws {
    let folder = try Folder()
    try folder.put("file", "the old content")
    let map = try MappedFile(path: folder / "file")
    try AtomicFile.write(to: folder / "file") { try $0.append(Array("new".utf8)) }
    #expect(map.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } == "the old content")
    #expect(try folder.text("file") == "new")
  }

  @Test func whatIsNoFileIsNotReplaced() throws {
    let folder = try Folder()
    mkdir(folder / "folder", 0o755)
    mkfifo(folder / "pipe", 0o644)
    for (name, code) in [("folder", EISDIR), ("pipe", EINVAL)] {
      let error = #expect(throws: FileError.self) { try AtomicFile.write(to: folder / name) { _ in } }
      #expect(error == FileError(.cannotWrite, path: folder / name, operation: "open", code: code))
    }
    #expect(folder.names() == ["folder", "pipe"])
  }

  @Test func aFolderThatIsNotThereIsAnError() throws {
    let folder = try Folder()
    let path = folder / "missing/file"
    let error = #expect(throws: FileError.self) { try AtomicFile.write(to: path) { _ in } }
    #expect(error == FileError(.cannotWrite, path: path, operation: "open", code: ENOENT))
    #expect("\(try #require(error))" == "'\(path)' cannot be written (open: No such file or directory)")
  }

  /// A disk without room, as the system's device that is always full shows it; EFBIG comes as a signal first.
  @Test func aFileBeyondTheLimitIsAnErrorAndLeavesNothing() async {
    await #expect(processExitsWith: .success) {
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 50_000, rlim_max: 50_000)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      let folder = try Folder()
      do {
        try AtomicFile.write(to: folder / "large") { try $0.append([UInt8](repeating: 1, count: 1 << 20)) }
        exit(1)
      } catch let error as FileError {
        guard error == FileError(.cannotWrite, path: folder / "large", operation: "write", code: EFBIG) else {
          exit(2)
        }
      }
      guard folder.names() == [] else { exit(3) }
      folder.removeEverything()
    }
  }

  @Test func aSignalRemovesTheTemporaryFile() async {
    await #expect(processExitsWith: .exitCode(130)) {
      TemporaryFiles.prepare()
      signal(SIGTERM) { _ in
        TemporaryFiles.removeAll()
        _exit(Folder.signalled.map { rmdir($0) == 0 } == true ? 130 : 1)
      }
      let folder = try Folder()
      Folder.signalled = strdup(folder.path)
      try AtomicFile.write(to: folder / "never") { writer in
        try writer.append([UInt8](repeating: 1, count: 100_000))
        guard folder.names().count == 1 else { exit(2) }
        try AtomicFile.write(to: folder / "nor this") { _ in
          guard folder.names().count == 2 else { exit(3) }
          // Not `raise`: the test's thread blocks signals, the process's first one takes it.
          kill(getpid(), SIGTERM)
          sleep(10)
          exit(4)
        }
      }
    }
  }
}
