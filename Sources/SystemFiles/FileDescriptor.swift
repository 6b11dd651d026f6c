import Glibc

/// Owner of an open file; closed exactly once.
struct FileDescriptor: ~Copyable {
  private let number: Int32

  /// - Parameter mode: Permissions of a file that `flags` create, less the process's umask.
  init(opening path: String, _ flags: Int32, mode: mode_t = 0) throws(Errno) {
    number = try uninterrupted { () throws(Errno) in
      try SystemCalls.open(path, flags | O_CLOEXEC, mode: mode)
    }
  }

  /// Another descriptor of the file that `other` has open.
  ///
  /// - Parameter lowest: The least number that it may have.
  init(duplicating other: borrowing FileDescriptor, from lowest: Int32 = 0) throws(Errno) {
    let original = other.number
    number = try uninterrupted { () throws(Errno) in try SystemCalls.duplicate(original, from: lowest) }
  }

  private init(owning number: Int32) { self.number = number }

  /// A file in memory, without a name, `count` bytes long; gone when it is closed and no longer mapped.
  static func memory(count: Int) throws(Errno) -> FileDescriptor {
    FileDescriptor(owning: try SystemCalls.memoryFile(count: count))
  }

  /// The two ends of a pipe.
  static func pipe() throws(Errno) -> Pipe {
    let ends = try SystemCalls.pipe()
    return Pipe(reading: FileDescriptor(owning: ends.reading), writing: FileDescriptor(owning: ends.writing))
  }

  /// Lends a child's end of the pipe to its parent.
  static func withAnswer<R>(_ body: (borrowing FileDescriptor) throws(Errno) -> R) throws(Errno) -> R {
    // A duplicate would need a number, and a child may have none left.
    let answer = FileDescriptor(owning: STDOUT_FILENO)
    do throws(Errno) {
      let result = try body(answer)
      answer.disown()
      return result
    } catch {
      answer.disown()
      throw error
    }
  }

  private consuming func disown() { discard self }

  struct Pipe: ~Copyable {
    let reading: FileDescriptor
    let writing: FileDescriptor
  }

  /// Where this process finds the open file.
  var path: String { "/proc/self/fd/\(number)" }

  /// The number that the system knows it by, while it is open.
  func withNumber<R>(_ body: (Int32) throws(Errno) -> R) throws(Errno) -> R { try body(number) }

  /// A file without a name in `folder`, `count` bytes long, with room for them on the disk: gone when it is closed
  /// and no longer mapped, however the process ends.
  static func scratch(in folder: String, count: Int) throws(Errno) -> FileDescriptor {
    // Linux has files that never had a name, on most file systems.
    if let file = try? FileDescriptor(opening: folder, O_RDWR | SystemCalls.nameless, mode: 0o600) {
      try file.reserve(count: count)
      return file
    }
    let path = joined(folder, TemporaryFiles.newName())
    TemporaryFiles.sweep(beside: path)
    let slot = TemporaryFiles.remember(path)
    defer { if let slot { TemporaryFiles.forget(slot) } }
    let file = try FileDescriptor(opening: path, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
    do throws(Errno) {
      try SystemCalls.unlink(path)
    } catch {
      // Somebody's sweep was faster.
      guard error.code == ENOENT else { throw error }
    }
    // Reserved now: a full disk is an error here and a signal or a lost run later.
    try file.reserve(count: count)
    return file
  }

  deinit {
    try? SystemCalls.close(number)
  }

  /// Closes the file and tells of errors that some file systems report no earlier.
  consuming func close() throws(Errno) {
    let number = number
    discard self
    do throws(Errno) {
      try SystemCalls.close(number)
    } catch {
      // Linux has released the descriptor all the same; a second attempt could close another file's.
      guard error.code == EINTR else { throw error }
    }
  }

  /// Writes all of `bytes`, however many calls it takes.
  func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let chunk = UnsafeRawBufferPointer(rebasing: rest)
      let written = try uninterrupted { () throws(Errno) in try SystemCalls.write(number, chunk) }
      guard written > 0 else { throw Errno(code: EIO) }
      rest = rest.dropFirst(written)
    }
  }

  /// Reads up to `target.count` bytes from where the last read ended; 0 at the end of the file.
  func read(into target: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
    try uninterrupted { () throws(Errno) in try SystemCalls.read(number, into: target) }
  }

  /// Reads all of `target` from `offset` on; the file must go so far.
  func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws(Errno) {
    var done = 0
    while done < target.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: target[done...])
      let got = try uninterrupted { () throws(Errno) in
        try SystemCalls.read(number, into: rest, at: offset + done)
      }
      guard got > 0 else { throw Errno(code: EIO) }
      done += got
    }
  }

  /// Writes all of `bytes` from `offset` on.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(Errno) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let written = try uninterrupted { () throws(Errno) in
        try SystemCalls.write(number, rest, at: offset + done)
      }
      guard written > 0 else { throw Errno(code: EIO) }
      done += written
    }
  }

  /// Locks the file against other processes until it is closed, its duplicates included.
  ///
  /// - Throws: `EAGAIN` where it is locked already.
  func lock() throws(Errno) { try SystemCalls.lock(number) }

  /// Locks the file, which was just opened under its name; a file system without locks does no harm.
  ///
  /// - Returns: Whether nobody else has it locked, or has removed it meanwhile.
  func claim() throws(Errno) -> Bool {
    do throws(Errno) {
      try lock()
    } catch {
      if error.code == EAGAIN || error.code == EACCES { return false }
    }
    return try status().st_nlink > 0
  }

  /// Lets go of what memory has of the file, as far as the disk has it, so that the next read is the disk's.
  func forgetPages() { SystemCalls.forgetPages(number) }

  /// What is read brings nothing in that is not asked for; see ``FileMemory``.
  func expectRandomAccess() { SystemCalls.expectRandomAccess(number) }

  func sync() throws(Errno) {
    try uninterrupted { () throws(Errno) in try SystemCalls.sync(number) }
  }

  func status() throws(Errno) -> stat {
    try uninterrupted { () throws(Errno) in try SystemCalls.status(of: number) }
  }

  func setMode(_ mode: mode_t) throws(Errno) {
    try uninterrupted { () throws(Errno) in try SystemCalls.setMode(of: number, mode) }
  }

  /// Makes the file `count` bytes long, with room for them on the disk.
  func reserve(count: Int) throws(Errno) {
    try uninterrupted { () throws(Errno) in try SystemCalls.reserve(number, count: count) }
  }

  func mapShared(count: Int) throws(Errno) -> UnsafeMutableRawPointer {
    try SystemCalls.mapShared(number, count: count)
  }

  func map(count: Int, populates: Bool) throws(Errno) -> UnsafeRawPointer {
    try SystemCalls.map(number, count: count, populates: populates)
  }
}

/// Repeats a call that a signal cut short.
func uninterrupted<Result>(_ call: () throws(Errno) -> Result) throws(Errno) -> Result {
  while true {
    do throws(Errno) {
      return try call()
    } catch {
      guard error.code == EINTR else { throw error }
    }
  }
}

/// Whether `status` is that of a regular file.
func isRegular(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFREG }

/// The refusal that fits a file that is not a regular one.
func refusal(of status: stat) -> Errno {
  Errno(code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
}
