import Glibc

/// Writing a file whole or not at all.
///
/// The new content goes to a temporary file in the destination's folder, is synced, and takes the destination's
/// name in one step; then the folder is synced. A reader sees the old file or the new one, after a crash or a
/// power cut too. On an error, and on signals with `TemporaryFiles`, the temporary file is removed. A symbolic
/// link at the destination stays, and its target is replaced. A new file's permissions are the umask's, a
/// replaced file's are kept. Maps of the old file stay valid, so an input may also be the output.
public enum AtomicFile {
  /// Writes the file that `body` appends to the writer.
  ///
  /// - Throws: `FileError` of kind `cannotWrite`, or what `body` throws.
  public static func write(to path: String, _ body: (inout FileWriter) throws -> Void) throws {
    let replacement = try Replacement(of: path)
    let file = try replacement.create()
    // Keeps the lock after the writer has closed the file, until it has its name.
    let lock = try? FileDescriptor(duplicating: file)
    var writer = FileWriter(file, path: path)
    try body(&writer)
    try writer.finish(mode: replacement.keptMode)
    try replacement.commit()
    _ = consume lock
  }

  /// The same for a library that insists on a path: `body` gets that of the temporary file, which exists.
  ///
  /// - Parameter original: A file whose bytes the temporary file starts with; empty without one.
  /// - Throws: `FileError` of kind `cannotWrite`, for `original` also of the other kinds, or what `body` throws.
  public static func replace(
    _ path: String, copyOf original: String? = nil, _ body: (_ temporaryPath: String) throws -> Void
  ) throws {
    let source = try original.map { (original) throws(FileError) in try MappedFile(path: original) }
    let replacement = try Replacement(of: path)
    var writer = FileWriter(try replacement.create(), path: path)
    try source?.withUnsafeBytes { (bytes) throws(FileError) in try writer.append(bytes) }
    try writer.finish(mode: nil)
    try body(replacement.temporaryPath)
    try seal(try replacement.reopen(), mode: replacement.keptMode, path: path)
    try replacement.commit()
  }
}

/// A temporary file on its way to a destination's name; removed unless it gets there.
struct Replacement: ~Copyable {
  let temporaryPath: String
  /// Permissions of the file that is replaced; nil where there is none.
  let keptMode: mode_t?
  private let path: String
  private let destination: String
  private let slot: Int?

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
    let name = String(UInt64.random(in: 0 ... .max), radix: 36)
    temporaryPath = joined(folder(of: destination), ".mlpack-\(name).tmp")
    // Known before it exists: a signal in between must find it.
    slot = TemporaryFiles.remember(temporaryPath)
  }

  deinit {
    // ENOENT after `commit`, which gave the file its new name.
    try? SystemCalls.unlink(temporaryPath)
    if let slot { TemporaryFiles.forget(slot) }
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
  /// be able to open it again. As long as it is open it is locked, so that ``TemporaryFiles/sweep(beside:)`` knows
  /// that somebody is at work on it; a file system without locks does no harm.
  func create() throws(FileError) -> FileDescriptor {
    let file = try open(O_WRONLY | O_CREAT | O_EXCL, mode: keptMode.map { $0 | 0o600 } ?? 0o666)
    try? file.lock()
    return file
  }

  func reopen() throws(FileError) -> FileDescriptor {
    try open(O_WRONLY | O_NOFOLLOW, mode: 0)
  }

  private func open(_ flags: Int32, mode: mode_t) throws(FileError) -> FileDescriptor {
    do throws(Errno) {
      return try FileDescriptor(opening: temporaryPath, flags, mode: mode)
    } catch {
      throw .writing(path, "open", error)
    }
  }

  consuming func commit() throws(FileError) {
    var operation = "rename"
    do throws(Errno) {
      try SystemCalls.rename(temporaryPath, to: destination)
      operation = "fsync of its folder"
      try FileDescriptor(opening: folder(of: destination), O_RDONLY | O_DIRECTORY).sync()
    } catch {
      // EINVAL: a file system whose folders cannot be synced; nothing more can be promised there.
      guard operation != "rename", error.code == EINVAL else { throw .writing(path, operation, error) }
    }
  }
}
