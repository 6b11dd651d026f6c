import Glibc

/// A new file that is written from front to back; what `AtomicFile.write` lends.
public struct FileWriter: ~Copyable {
  private let file: FileDescriptor
  private let path: String
  private var buffer: [UInt8] = []
  /// Bytes appended so far.
  public private(set) var position = 0

  private static let bufferSize = 1 << 16

  init(_ file: consuming FileDescriptor, path: String) {
    self.file = file
    self.path = path
    buffer.reserveCapacity(Self.bufferSize)
  }

  /// Appends bytes; many small pieces cost no more than one large.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    position += bytes.count
    if buffer.count + bytes.count > Self.bufferSize { try flush() }
    if bytes.count >= Self.bufferSize {
      try write(bytes)
    } else {
      buffer.append(contentsOf: bytes)
    }
  }

  public mutating func append(_ bytes: [UInt8]) throws(FileError) {
    try bytes.withUnsafeBufferPointer { (bytes) throws(FileError) in try append(UnsafeRawBufferPointer(bytes))
    }
  }

  /// Hands everything to the disk, which must answer for it, and closes the file.
  consuming func finish(mode: mode_t?) throws(FileError) {
    try flush()
    try seal(file, mode: mode, path: path)
  }

  private mutating func flush() throws(FileError) {
    try buffer.withUnsafeBufferPointer { (bytes) throws(FileError) in try write(UnsafeRawBufferPointer(bytes))
    }
    buffer.removeAll(keepingCapacity: true)
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    do throws(Errno) {
      try file.write(bytes)
    } catch {
      throw .writing(path, "write", error)
    }
  }
}

/// Gives a finished file its permissions, waits until the disk has it, and closes it.
func seal(_ file: consuming FileDescriptor, mode: mode_t?, path: String) throws(FileError) {
  var operation = "chmod"
  do throws(Errno) {
    if let mode { try file.setMode(mode) }
    operation = "fsync"
    try file.sync()
    operation = "close"
    try file.close()
  } catch {
    throw .writing(path, operation, error)
  }
}
