import Glibc
import Synchronization

/// The temporary files that exist at this moment, so that a signal handler can remove them.
///
/// ```swift
/// TemporaryFiles.prepare()
/// signal(SIGTERM) { _ in
///   TemporaryFiles.removeAll()
///   _exit(143)
/// }
/// ```
public enum TemporaryFiles {
  /// More files than mlpack ever writes at once; those beyond it are removed on errors but not on signals.
  private static let capacity = 64

  /// Each slot is 0 or the address of a path's bytes. Whoever exchanges the address for 0 owns the bytes.
  // Unsafe in name only: the memory lives as long as the process and holds nothing but atomics.
  nonisolated(unsafe) private static let slots: UnsafeMutablePointer<Atomic<UInt>> = {
    let slots = UnsafeMutablePointer<Atomic<UInt>>.allocate(capacity: capacity)
    for index in 0..<capacity { (slots + index).initialize(to: Atomic(0)) }
    return slots
  }()

  /// A name that no other file has.
  static func newName() -> String { name(String(UInt64.random(in: 0 ... .max), radix: 36)) }

  static func name(_ middle: String) -> String { prefix + middle + suffix }

  private static let prefix = ".mlpack-"
  private static let suffix = ".tmp"

  /// Removes those that killed processes left behind beside `path`: nobody holds their locks any more.
  static func sweep(beside path: String) { sweep(folder: folder(of: path)) }

  /// Removes those that killed processes left behind in a folder to which, maybe, nobody writes any more.
  public static func sweep(folder: String) {
    for name in SystemCalls.names(inFolder: folder) where name.hasPrefix(prefix) && name.hasSuffix(suffix) {
      let path = joined(folder, name)
      guard let file = try? FileDescriptor(opening: path, O_RDWR | O_NOFOLLOW | O_NONBLOCK) else { continue }
      do throws(Errno) {
        // Whoever made the file and has yet to lock it sees that it is gone, and makes another.
        try file.lock()
        try SystemCalls.unlink(path)
      } catch {
        // Somebody else's, who is at work on it.
      }
    }
  }

  /// Allocates the table, which a signal handler must not do: call it before a handler is installed.
  public static func prepare() { _ = slots }

  /// Removes every temporary file from the disk. Safe in a signal handler that ends the process.
  public static func removeAll() {
    for index in 0..<capacity {
      let address = slots[index].exchange(0, ordering: .acquiringAndReleasing)
      if let path = UnsafePointer<CChar>(bitPattern: address) { SystemCalls.unlink(path) }
    }
  }

  /// - Returns: The slot to hand to `forget`, nil where all are taken.
  static func remember(_ path: String) -> Int? {
    guard let copy = strdup(path) else { return nil }
    for index in 0..<capacity {
      let taken = slots[index].compareExchange(
        expected: 0, desired: UInt(bitPattern: copy), ordering: .acquiringAndReleasing)
      if taken.exchanged { return index }
    }
    free(copy)
    return nil
  }

  static func forget(_ slot: Int) {
    let address = slots[slot].exchange(0, ordering: .acquiringAndReleasing)
    if let copy = UnsafeMutablePointer<CChar>(bitPattern: address) { free(copy) }
  }
}
