import Glibc

/// Owner of one file descriptor open for reading.
struct OpenFile: ~Copyable {
  let path: FilePath
  private let descriptor: Int32

  init(_ path: FilePath) throws(ImageError) {
    // Without O_NONBLOCK, opening a named pipe waits for a writer.
    let descriptor = path.withCString { name in
      uninterrupted { open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    }
    guard descriptor >= 0 else { throw .system(errno, path) }
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Its size in bytes, if it is a regular file.
  func size() throws(ImageError) -> Int {
    var status = stat()
    guard uninterrupted({ fstat(descriptor, &status) }) == 0 else { throw .system(errno, path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .cannotRead(file: path.description, why: "it is not a regular file")
    }
    return status.st_size
  }

  /// Its size in bytes, if it is a regular file that fits into memory.
  func checkedSize() throws(ImageError) -> Int {
    let size = try size()
    guard size <= ImageLimits.fileBytes else {
      throw .tooLarge(file: path.description, why: "\(size) bytes; 1 GiB is possible")
    }
    return size
  }

  /// The bytes from `offset`: `count` of them, or fewer where the file ends.
  func read(count: Int, at offset: Int) throws(ImageError) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      (initialized, failure) = read(into: UnsafeMutableRawBufferPointer(target)[..<count], at: offset)
    }
    guard failure == 0 else { throw .system(failure, path) }
    return bytes
  }

  /// Fills `target` as far as the file goes.
  private func read(
    into target: Slice<UnsafeMutableRawBufferPointer>, at offset: Int
  ) -> (count: Int, failure: Int32) {
    let target = UnsafeMutableRawBufferPointer(rebasing: target)
    var count = 0
    while count < target.count {
      let got = uninterrupted {
        pread(descriptor, target.baseAddress! + count, target.count - count, offset + count)
      }
      if got < 0 { return (count, errno) }
      if got == 0 { break }
      count += got
    }
    return (count, 0)
  }
}

/// Repeats a call that a signal cut short; on network file systems that may be any.
private func uninterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    guard result < 0, errno == EINTR else { return result }
  }
}
