import Glibc

/// The reason a system call gave for failing.
struct Errno: Error, Hashable {
  let code: Int32
}

/// The system calls of this module, each in one place and no more than the call itself.
///
/// All else in the module goes through these, so whoever replaces them sees, delays or fails every call.
/// An interrupted call is reported as any other failure: `FileDescriptor` repeats it.
enum SystemCalls {
  /// The flag of `open` for a file without a name in the folder that is opened: `O_TMPFILE`, which Glibc declares for GNU
  /// programs only.
  static let nameless: Int32 = 0o20000000 | O_DIRECTORY

  static func open(_ path: String, _ flags: Int32, mode: mode_t) throws(Errno) -> Int32 {
    try check(Glibc.open(path, flags, mode))
  }

  static func close(_ descriptor: Int32) throws(Errno) {
    _ = try check(Glibc.close(descriptor))
  }

  static func read(_ descriptor: Int32, into target: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
    try check(Glibc.read(descriptor, target.baseAddress, target.count))
  }

  static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
    try check(Glibc.write(descriptor, bytes.baseAddress, bytes.count))
  }

  static func read(
    _ descriptor: Int32, into target: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(Errno) -> Int {
    try check(Glibc.pread(descriptor, target.baseAddress, target.count, off_t(offset)))
  }

  static func write(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int
  ) throws(Errno) -> Int {
    try check(Glibc.pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(offset)))
  }

  static func sync(_ descriptor: Int32) throws(Errno) {
    _ = try check(Glibc.fsync(descriptor))
  }

  static func forgetPages(_ descriptor: Int32) {
    // Only advice: a failure costs nothing.
    _ = Glibc.posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
  }

  /// Pages of the file come in as large as they are asked for, and not larger.
  static func expectRandomAccess(_ descriptor: Int32) {
    _ = Glibc.posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM)
  }

  static func status(of descriptor: Int32) throws(Errno) -> stat {
    var status = stat()
    _ = try check(Glibc.fstat(descriptor, &status))
    return status
  }

  static func status(at path: String) throws(Errno) -> stat {
    var status = stat()
    _ = try check(Glibc.fstatat(AT_FDCWD, path, &status, 0))
    return status
  }

  static func setMode(of descriptor: Int32, _ mode: mode_t) throws(Errno) {
    _ = try check(Glibc.fchmod(descriptor, mode))
  }

  /// Another descriptor of the same open file, numbered `lowest` or higher.
  static func duplicate(_ descriptor: Int32, from lowest: Int32) throws(Errno) -> Int32 {
    try check(Glibc.fcntl(descriptor, F_DUPFD_CLOEXEC, lowest))
  }

  /// `F_OFD_SETLK`, which Glibc declares for GNU programs only.
  private static let setOpenFileLock: Int32 = 37

  /// Locks the open file against other processes, or fails at once; the lock goes with its last descriptor.
  static func lock(_ descriptor: Int32) throws(Errno) {
    var whole = flock()
    whole.l_type = Int16(F_WRLCK)
    whole.l_whence = Int16(SEEK_SET)
    _ = try check(Glibc.fcntl(descriptor, setOpenFileLock, &whole))
  }

  /// Names of what is in a folder; none where it cannot be read.
  static func names(inFolder path: String) -> [String] {
    guard let stream = Glibc.opendir(path) else { return [] }
    defer { Glibc.closedir(stream) }
    var names: [String] = []
    while let entry = Glibc.readdir(stream) {
      // By address: the record may end where its name does, before the array that Swift would copy.
      let name = UnsafeRawPointer(entry) + (MemoryLayout<dirent>.offset(of: \.d_name) ?? 0)
      names.append(String(cString: name.assumingMemoryBound(to: CChar.self)))
    }
    return names
  }

  static func rename(_ old: String, to new: String) throws(Errno) {
    _ = try check(Glibc.rename(old, new))
  }

  static func makeFolder(_ path: String, mode: mode_t = 0o755) throws(Errno) {
    _ = try check(Glibc.mkdir(path, mode))
  }

  static func status(ofLinkAt path: String) throws(Errno) -> stat {
    var status = stat()
    _ = try check(Glibc.fstatat(AT_FDCWD, path, &status, AT_SYMLINK_NOFOLLOW))
    return status
  }

  static func touch(_ path: String) { _ = Glibc.utimensat(AT_FDCWD, path, nil, 0) }

  static func unlink(_ path: String) throws(Errno) {
    _ = try check(Glibc.unlink(path))
  }

  /// The form for signal handlers: it neither allocates nor reports.
  static func unlink(_ path: UnsafePointer<CChar>) {
    _ = Glibc.unlink(path)
  }

  /// Bytes of a link's target written to `target`.
  static func readLink(_ path: String, into target: UnsafeMutableBufferPointer<CChar>) throws(Errno) -> Int {
    guard let base = target.baseAddress else { return 0 }
    return try check(Glibc.readlink(path, base, target.count))
  }

  /// A private, read-only mapping of the file's first `count` bytes.
  ///
  /// - Parameter populates: Whether all pages are brought in at once.
  static func map(_ descriptor: Int32, count: Int, populates: Bool) throws(Errno) -> UnsafeRawPointer {
    let flags = populates ? MAP_PRIVATE | MAP_POPULATE : MAP_PRIVATE
    guard let base = Glibc.mmap(nil, count, PROT_READ, flags, descriptor, 0), base != MAP_FAILED else {
      throw Errno(code: errno)
    }
    return UnsafeRawPointer(base)
  }

  /// A shared, writable mapping of the file's first `count` bytes.
  static func mapShared(_ descriptor: Int32, count: Int) throws(Errno) -> UnsafeMutableRawPointer {
    let base = Glibc.mmap(nil, count, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard let base, base != MAP_FAILED else { throw Errno(code: errno) }
    return base
  }

  /// Zeroed memory of this process alone.
  static func mapMemory(count: Int) throws(Errno) -> UnsafeMutableRawPointer {
    let base = Glibc.mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let base, base != MAP_FAILED else { throw Errno(code: errno) }
    return base
  }

  static func preferLargePages(_ base: UnsafeMutableRawPointer, count: Int) {
    // Only advice: a failure costs nothing but time.
    _ = Glibc.madvise(base, count, MADV_HUGEPAGE)
  }

  /// Pages of a file come one by one, unless they are asked for by ``willNeed(_:count:)``.
  static func expectRandomAccess(_ base: UnsafeRawPointer, count: Int) {
    _ = Glibc.madvise(UnsafeMutableRawPointer(mutating: base), count, MADV_RANDOM)
  }

  /// Begins to bring in the pages of a file that hold so many bytes.
  static func willNeed(_ start: UnsafeRawPointer, count: Int) {
    let first = UnsafeMutableRawPointer(mutating: start - Int(bitPattern: start) % pageSize)
    let end = start + count
    // Linux takes no more of a request than it reads ahead at most, and that is seldom less than this.
    for piece in stride(from: first, to: UnsafeMutableRawPointer(mutating: end), by: 1 << 17) {
      _ = Glibc.madvise(piece, min(1 << 17, end - UnsafeRawPointer(piece)), MADV_WILLNEED)
    }
  }

  private static let pageSize = Int(getpagesize())

  static func reserve(_ descriptor: Int32, count: Int) throws(Errno) {
    // Unlike other calls, it returns its error.
    let code = Glibc.posix_fallocate(descriptor, 0, count)
    guard code == 0 else { throw Errno(code: code) }
  }

  /// Gives the memory of file pages that are shared or only read back; what they hold stays in the file.
  static func release(_ base: UnsafeMutableRawPointer, count: Int) {
    _ = Glibc.madvise(base, count, MADV_DONTNEED)
  }

  static func unmap(_ base: UnsafeRawPointer, count: Int) {
    _ = Glibc.munmap(UnsafeMutableRawPointer(mutating: base), count)
  }

  private static func check<Result: SignedInteger>(_ result: Result) throws(Errno) -> Result {
    guard result != -1 else { throw Errno(code: errno) }
    return result
  }
}
