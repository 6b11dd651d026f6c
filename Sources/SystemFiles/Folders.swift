import Glibc

/// Folders of the user's own.
public enum Folders {
  /// Makes the folder and those that it lies in; one that is there is as good.
  ///
  /// - Throws: `FileError` of kind `cannotWrite`.
  public static func create(_ path: String) throws(FileError) {
    do throws(Errno) {
      try make(path)
    } catch {
      throw .writing(path, "mkdir", error)
    }
  }

  private static func make(_ path: String) throws(Errno) {
    do throws(Errno) {
      try SystemCalls.makeFolder(path)
    } catch {
      switch error.code {
      case EEXIST: return
      case ENOENT where path.contains("/") && folder(of: path) != path:
        try make(folder(of: path))
        do throws(Errno) {
          try SystemCalls.makeFolder(path)
        } catch {
          // Another process was faster.
          guard error.code == EEXIST else { throw error }
        }
      default: throw error
      }
    }
  }

  /// A folder that nobody but this user can look into or write to, of that name among temporary files; nil where there
  /// is something else under its name.
  public static func ownTemporary(_ name: String) -> String? {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? ""
    let path = joined(parent.isEmpty ? "/tmp" : parent, "\(name)-\(geteuid())")
    try? SystemCalls.makeFolder(path, mode: 0o700)
    // Not a link: somebody else may have made it.
    guard let status = try? SystemCalls.status(ofLinkAt: path), status.st_mode & S_IFMT == S_IFDIR,
      status.st_uid == geteuid(), status.st_mode & 0o077 == 0
    else { return nil }
    return path
  }

  /// A file in a folder.
  public struct Entry: Sendable, Hashable {
    public let path: String
    /// In bytes.
    public let count: Int
    /// Seconds since 1970 at which it was last written or ``touch(_:)``ed.
    public let changed: Int
  }

  /// The regular files in a folder, those that changed longest ago first; none where it cannot be read.
  public static func files(in path: String) -> [Entry] {
    SystemCalls.names(inFolder: path).compactMap { name -> Entry? in
      let path = joined(path, name)
      guard let status = try? SystemCalls.status(at: path), isRegular(status) else { return nil }
      return Entry(path: path, count: Int(status.st_size), changed: status.st_mtim.tv_sec)
    }.sorted { ($0.changed, $0.path) < ($1.changed, $1.path) }
  }

  /// Makes a file one that changed just now.
  public static func touch(_ path: String) { SystemCalls.touch(path) }
}
