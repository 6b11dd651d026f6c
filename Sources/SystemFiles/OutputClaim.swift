import Glibc

/// The right to write a file at the end of a long run: no two processes have it at once.
///
/// It is a locked temporary file beside the destination, with a name that follows from the destination's: gone with
/// its owner, on signals with `TemporaryFiles`, and after a kill with the next claim or the next file beside it.
public final class OutputClaim {
  private let path: String
  private let slot: Int?
  private let file: FileDescriptor

  /// Finds out, too, whether the file can be written, before hours of work are put into its content.
  ///
  /// - Throws: `FileError` of kind `inUse` or `cannotWrite`.
  public init(_ destination: String) throws(FileError) {
    path = OutputClaim.path(for: try Replacement(of: destination).destination)
    do throws(Errno) {
      file = try OutputClaim.locked(path)
    } catch {
      guard error.code == EAGAIN else { throw .writing(destination, "open", error) }
      throw FileError(.inUse, path: destination, operation: "lock", code: error.code)
    }
    slot = TemporaryFiles.remember(path)
  }

  deinit {
    try? SystemCalls.unlink(path)
    if let slot { TemporaryFiles.forget(slot) }
  }

  private static func path(for destination: String) -> String {
    var digest = Digest()
    digest.update(Array(lastName(of: destination).utf8))
    return joined(folder(of: destination), TemporaryFiles.name(String(digest.hex().prefix(16))))
  }

  /// A sweep that meets the file has it locked for a moment, too.
  private static let attempts = 5

  /// - Throws: `EAGAIN` where another process has it.
  private static func locked(_ path: String) throws(Errno) -> FileDescriptor {
    for _ in 0..<attempts {
      let file = try FileDescriptor(opening: path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
      do throws(Errno) {
        if try file.claim() { return file }
      } catch {
        try? SystemCalls.unlink(path)
        throw error
      }
      usleep(10_000)
    }
    throw Errno(code: EAGAIN)
  }
}
