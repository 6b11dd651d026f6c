import Glibc

/// A file that is on no disk, for readers that take a path.
final class MemoryFile: Sendable {
  private let descriptor: Int32

  init() {
    var path = Array("/dev/shm/fuzz-XXXXXX\0".utf8CString)
    descriptor = mkstemp(&path)
    guard descriptor >= 0, unlink(path) == 0 else { fatalError("no file in memory") }
  }

  deinit { close(descriptor) }

  var path: String { "/proc/self/fd/\(descriptor)" }

  /// Makes these bytes all of the file.
  func fill(_ bytes: [UInt8]) {
    guard ftruncate(descriptor, bytes.count) == 0,
      bytes.isEmpty || pwrite(descriptor, bytes, bytes.count, 0) == bytes.count
    else { fatalError("the file in memory cannot be written") }
  }
}
