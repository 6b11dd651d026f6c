internal import CLinux
import Glibc

/// The system calls that have to do with processes, and with what these share.
extension SystemCalls {
  /// A file without a name in memory, zero and `count` bytes long.
  static func memoryFile(count: Int) throws(Errno) -> Int32 {
    let descriptor = CLinux.memfd_create("mlpack", mlpack_memfd_cloexec)
    guard descriptor != -1 else { throw Errno(code: errno) }
    guard Glibc.ftruncate(descriptor, off_t(count)) == 0 else {
      let code = errno
      _ = Glibc.close(descriptor)
      throw Errno(code: code)
    }
    return descriptor
  }

  /// Maps the pages of a mapping, which it only reads.
  static func prefetch(_ base: UnsafeRawPointer, count: Int) {
    // Before Linux 5.14 there is no such advice, and the pages come one by one.
    _ = Glibc.madvise(UnsafeMutableRawPointer(mutating: base), count, mlpack_madv_populate_read)
  }

  static func pipe() throws(Errno) -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    guard CLinux.pipe2(&ends, O_CLOEXEC) == 0 else { throw Errno(code: errno) }
    return (ends[0], ends[1])
  }

  /// Starts the executable of this process with no argument but its name.
  ///
  /// - Parameters:
  ///   - descriptors: What is open in it besides standard error: each of this process, and the number that it gets.
  ///   - isAlone: Whether it has no standard error, and no environment.
  static func startSelf(
    named name: String, descriptors: [(from: Int32, to: Int32)], isAlone: Bool
  ) throws(Errno) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    try checkCode(posix_spawn_file_actions_init(&actions))
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (from, to) in descriptors { try checkCode(posix_spawn_file_actions_adddup2(&actions, from, to)) }
    if isAlone { try checkCode(posix_spawn_file_actions_addclose(&actions, STDERR_FILENO)) }
    let end = descriptors.map { $0.to + 1 }.reduce(STDERR_FILENO + 1, max)
    try checkCode(posix_spawn_file_actions_addclosefrom_np(&actions, end))
    guard let argument = strdup(name) else { throw Errno(code: ENOMEM) }
    defer { free(argument) }
    var arguments: [UnsafeMutablePointer<CChar>?] = [argument, nil]
    let none: [UnsafeMutablePointer<CChar>?] = [nil]
    var identifier = pid_t(0)
    try checkCode(
      none.withUnsafeBufferPointer { none in
        let environment = isAlone ? none.baseAddress : CLinux.mlpack_environment()
        return posix_spawn(&identifier, "/proc/self/exe", &actions, nil, &arguments, environment)
      })
    return identifier
  }

  /// Ends a child, unless it has ended, and waits for its end.
  static func end(of process: pid_t) -> ChildProcess.End {
    var status = Int32(0)
    var found = Glibc.waitpid(process, &status, WNOHANG)
    if found == 0 {
      _ = Glibc.kill(process, SIGKILL)
      repeat { found = Glibc.waitpid(process, &status, 0) } while found == -1 && errno == EINTR
    }
    // What nobody waits for gives its number up, maybe to another process by now.
    guard found == process else { return .unknown }
    // As WIFEXITED, WEXITSTATUS and WTERMSIG have it.
    let signal = status & 0x7F
    switch signal {
    case 0: return .exited(status: status >> 8 & 0xFF)
    case SIGXCPU: return .outOfTime
    default: return .signalled(signal)
    }
  }

  /// Unlike other calls, these return their error.
  private static func checkCode(_ code: Int32) throws(Errno) {
    guard code == 0 else { throw Errno(code: code) }
  }
}
