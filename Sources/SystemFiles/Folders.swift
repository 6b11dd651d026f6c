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
        try SystemCalls.makeFolder(path)
      default: throw error
      }
    }
  }
}
