import CLinux
import Glibc

/// The memory of this process.
public enum ProcessMemory {
  /// Bytes that were resident at most, since the process began; libraries and mapped files count.
  public static var peak: Int {
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    // Linux counts in kilobytes.
    return usage.ru_maxrss * 1024
  }

  /// Gives back to the system what was allocated and is free again, which otherwise stays for the next that asks.
  public static func returnUnused() { _ = CLinux.malloc_trim(0) }
}
