import Glibc

/// A new file that is written from front to back; what `AtomicFile.write` lends.
public struct FileWriter: ~Copyable {
  private let file: FileDescriptor
  private let path: String
  private var buffer: [UInt8] = []
  private var digest = Digest()
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

  /// What is read back brings nothing in that is not asked for; see ``FileMemory``.
  func expectRandomAccess() { file.expectRandomAccess() }

  /// Hands everything to the disk, which must answer for it, and closes the file.
  ///
  /// - Parameter check: Has a look at the file as the disk has it.
  consuming func finish(mode: mode_t?, _ check: ((MappedFile) throws -> Void)?) throws {
    try flush()
    let (digest, count) = (digest.hex(), position)
    var operation = "chmod"
    do throws(Errno) {
      if let mode { try file.setMode(mode) }
      operation = "fsync"
      try file.sync()
      operation = "reading it back"
      guard try file.digestOnDisk(count: count) == digest else { throw Errno(code: EIO) }
    } catch {
      throw FileError.writing(path, operation, error)
    }
    if let check { try check(MappedFile(file, path: path, readsAll: true)) }
    do throws(Errno) {
      try file.close()
    } catch {
      throw FileError.writing(path, "close", error)
    }
  }

  private mutating func flush() throws(FileError) {
    var full: [UInt8] = []
    swap(&full, &buffer)
    try full.withUnsafeBufferPointer { (bytes) throws(FileError) in try write(UnsafeRawBufferPointer(bytes)) }
    full.removeAll(keepingCapacity: true)
    swap(&full, &buffer)
  }

  private mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    digest.update(bytes)
    do throws(Errno) {
      try file.write(bytes)
    } catch {
      throw .writing(path, "write", error)
    }
  }
}

extension FileDescriptor {
  /// The digest of a file of `count` bytes as the disk gives them back.
  ///
  /// - Returns: nil where there are more or fewer.
  fileprivate func digestOnDisk(count: Int) throws(Errno) -> String? {
    forgetPages()
    guard try status().st_size == count else { return nil }
    var digest = Digest()
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: min(max(count, 1), 1 << 20), alignment: 64)
    defer { block.deallocate() }
    var offset = 0
    while offset < count {
      let piece = UnsafeMutableRawBufferPointer(rebasing: block[..<min(block.count, count - offset)])
      try read(into: piece, at: offset)
      digest.update(UnsafeRawBufferPointer(piece))
      offset += piece.count
    }
    return digest.hex()
  }
}
