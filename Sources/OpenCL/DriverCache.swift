import Glibc
internal import SystemFiles

/// Where a driver keeps what it compiles, which is its own affair as long as it has a place for it.
enum DriverCache {
  /// PoCL offers no device at all where it has no folder to compile in, as without a home, or with one that is read-only:
  /// then it gets one among temporary files. Before the first call of OpenCL, while no other thread asks for variables.
  static func provide() {
    guard getenv("POCL_CACHE_DIR") == nil, let own = folderOfPoCL, !Folders.takesFiles(own),
      let folder = Folders.ownTemporary("mlpack-pocl")
    else { return }
    setenv("POCL_CACHE_DIR", folder, 0)
  }

  /// As PoCL 3.1 chooses it.
  private static var folderOfPoCL: String? {
    if let caches = getenv("XDG_CACHE_HOME") { return String(cString: caches) + "/pocl/kcache" }
    return getenv("HOME").map { String(cString: $0) + "/.cache/pocl/kcache" }
  }
}
