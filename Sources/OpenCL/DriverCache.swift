import Glibc
internal import SystemFiles

/// Where a driver keeps what it compiles, which is its own affair as long as it has a place for it.
enum DriverCache {
  /// PoCL offers no device at all where it has no folder to compile in, as without a home, or with one that is read-only:
  /// then it gets one among temporary files.
  ///
  /// - Returns: Whether devices may be there now that were not before.
  static func provide() -> Bool {
    guard getenv("POCL_CACHE_DIR") == nil, let folder = Folders.ownTemporary("mlpack-pocl") else {
      return false
    }
    return setenv("POCL_CACHE_DIR", folder, 0) == 0
  }
}
