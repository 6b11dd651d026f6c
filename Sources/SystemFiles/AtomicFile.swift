import Glibc

/// Writing a file whole or not at all.
///
/// The new content goes to a temporary file in the destination's folder, is synced, read back and compared with what
/// was meant, and takes the destination's name in one step; then the folder is synced. A reader sees the old file or
/// the new one, after a crash or a power cut too. On an error, and on signals with `TemporaryFiles`, the temporary file
/// is removed; what killed processes left behind goes with the next file that is written beside it. A symbolic link
/// at the destination stays, and its target is replaced. A new file's permissions are the umask's, a replaced file's
/// are kept. Maps of the old file stay valid, so an input may also be the output.
public enum AtomicFile {
  /// Writes the file that `body` appends to the writer.
  ///
  /// - Parameters:
  ///   - isReadInParts: Whether the file is for a ``FileMemory``: then reading it back, which is slower so, leaves none of it in
  ///     memory in larger pieces than its readers ask for.
  ///   - check: Has a last look at the file as the disk has it; where it throws, the destination is as it was.
  /// - Throws: `FileError` of kind `cannotWrite` where the destination is as it was, and of kind `notSynced` where it
  ///   is the new file and may not outlast a power cut; or what `body` or `check` throws.
  public static func write(
    to path: String, isReadInParts: Bool = false, check: ((MappedFile) throws -> Void)? = nil,
    _ body: (inout FileWriter) throws -> Void
  ) throws {
    var replacement = try Replacement(of: path)
    TemporaryFiles.sweep(beside: replacement.destination)
    let file = try replacement.create()
    // Keeps the lock after the writer has closed the file, until it has its name.
    let lock = try? FileDescriptor(duplicating: file)
    var writer = FileWriter(file, path: path)
    if isReadInParts { writer.expectRandomAccess() }
    try body(&writer)
    try writer.finish(mode: replacement.keptMode, check)
    try replacement.commit()
    _ = consume lock
  }
}

/// A temporary file on its way to a destination's name; removed unless it gets there.
struct Replacement: ~Copyable {
  /// With symbolic links at its end resolved.
  let destination: String
  /// Permissions of the file that is replaced; nil where there is none.
  let keptMode: mode_t?
  private let path: String
  private var temporary: TemporaryName

  init(of path: String) throws(FileError) {
    let destination: String
    let keptMode: mode_t?
    do throws(Errno) {
      destination = try resolvingLinks(path)
      keptMode = try Replacement.mode(at: destination)
    } catch {
      throw .writing(path, "open", error)
    }
    self.destination = destination
    self.keptMode = keptMode
    self.path = path
    temporary = TemporaryName(beside: destination)
  }

  private static func mode(at path: String) throws(Errno) -> mode_t? {
    do throws(Errno) {
      let status = try SystemCalls.status(at: path)
      guard isRegular(status) else { throw refusal(of: status) }
      return status.st_mode & 0o777
    } catch {
      guard error.code == ENOENT else { throw error }
      return nil
    }
  }

  /// Creates the file exclusively, to others at no time more open than the one that it replaces; its owner must
  /// be able to read it again. As long as it is open it is locked, so that ``TemporaryFiles/sweep(beside:)`` knows
  /// that somebody is at work on it.
  mutating func create() throws(FileError) -> FileDescriptor {
    do throws(Errno) {
      while true {
        let file = try FileDescriptor(
          opening: temporary.path, O_RDWR | O_CREAT | O_EXCL, mode: keptMode.map { $0 | 0o600 } ?? 0o666)
        if try file.claim() { return file }
        // A sweep was faster than the lock.
        temporary = TemporaryName(beside: destination)
      }
    } catch {
      throw .writing(path, "open", error)
    }
  }

  consuming func commit() throws(FileError) {
    do throws(Errno) {
      let (old, new) = (temporary.path, destination)
      try uninterrupted { () throws(Errno) in try SystemCalls.rename(old, to: new) }
    } catch {
      throw .writing(path, "rename", error)
    }
    do throws(Errno) {
      try FileDescriptor(opening: folder(of: destination), O_RDONLY | O_DIRECTORY).sync()
    } catch {
      // EINVAL: a file system whose folders cannot be synced; nothing more can be promised there.
      guard error.code == EINVAL else {
        throw FileError(.notSynced, path: path, operation: "fsync of its folder", code: error.code)
      }
    }
  }
}

/// The name of a temporary file, which is removed with it.
struct TemporaryName: ~Copyable {
  let path: String
  private let slot: Int?

  init(beside destination: String) {
    path = joined(folder(of: destination), TemporaryFiles.newName())
    // Known before it exists: a signal in between must find it.
    slot = TemporaryFiles.remember(path)
  }

  deinit {
    // ENOENT where the file has got its new name.
    try? SystemCalls.unlink(path)
    if let slot { TemporaryFiles.forget(slot) }
  }
}
