import Glibc
internal import SystemFiles

/// What drivers are told by their environment variables, where the user has not told them otherwise.
enum DriverSettings {
  /// PoCL compiles each kernel for work-groups of any size, and again for those that it is launched with. These kernels are
  /// no faster for it on a processor, and a third of a first start is spent on it.
  static func forbidSpecialization() { _ = setenv("POCL_WORK_GROUP_SPECIALIZATION", "0", 0) }

  /// PoCL offers no device at all where it has no folder to compile in, as without a home, or with one that is read-only:
  /// then it gets one among temporary files.
  ///
  /// - Returns: Whether devices may be there now that were not before.
  static func provideFolder() -> Bool {
    guard getenv("POCL_CACHE_DIR") == nil, let folder = Folders.ownTemporary("mlpack-pocl") else {
      return false
    }
    return setenv("POCL_CACHE_DIR", folder, 0) == 0
  }
}
