import Glibc

/// Reads whole files. They are not mapped, so that one that shrinks meanwhile ends early instead of trapping.
enum FileBytes {
  static func read(_ path: FilePath) throws(ImageError) -> [UInt8] {
    let file = try OpenFile(path)
    let count = try file.checkedSize(path)
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      (initialized, failure) = file.read(into: UnsafeMutableRawBufferPointer(target))
    }
    guard failure == 0 else { throw .system(failure, path) }
    return bytes
  }
}

/// Owner of one file descriptor open for reading.
private struct OpenFile: ~Copyable {
  private let descriptor: Int32

  init(_ path: FilePath) throws(ImageError) {
    // Without O_NONBLOCK, opening a named pipe waits for a writer.
    let descriptor = path.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { throw .system(errno, path) }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  func checkedSize(_ path: FilePath) throws(ImageError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system(errno, path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .cannotRead(file: path.description, why: "it is not a regular file")
    }
    guard status.st_size <= ImageLimits.fileBytes else {
      throw .tooLarge(file: path.description, why: "\(status.st_size) bytes; 1 GiB is possible")
    }
    return Int(status.st_size)
  }

  /// Fills `target` as far as the file goes.
  func read(into target: UnsafeMutableRawBufferPointer) -> (count: Int, failure: Int32) {
    var count = 0
    while count < target.count {
      let got = Glibc.read(descriptor, target.baseAddress! + count, target.count - count)
      if got < 0 && errno == EINTR { continue }
      if got < 0 { return (count, errno) }
      if got == 0 { break }
      count += got
    }
    return (count, 0)
  }
}
