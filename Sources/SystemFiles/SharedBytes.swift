import Glibc

/// Bytes that this process has mapped and that a ``ChildProcess`` can map too: a file, or memory like one.
///
/// Whoever keeps a pointer into the bytes keeps the object: the last reference unmaps them. As with ``MappedFile``,
/// a file that another program shortens in place meanwhile ends this process.
public final class SharedBytes: @unchecked Sendable {
  // Sendable: nothing writes to the bytes after `init`.
  private let bytes: UnsafeRawBufferPointer
  /// Open for reading alone.
  let file: FileDescriptor

  /// A file.
  ///
  /// - Throws: `notFound`, or `cannotRead` for what is not a regular file or cannot be opened.
  public init(path: String) throws(FileError) {
    do throws(Errno) {
      // A pipe without a writer would block the plain open for ever.
      file = try FileDescriptor(opening: path, O_RDONLY | O_NONBLOCK)
      let status = try file.status()
      guard isRegular(status) else { throw refusal(of: status) }
      guard let count = Int(exactly: status.st_size), count >= 0 else { throw Errno(code: EOVERFLOW) }
      // An empty file cannot be mapped.
      bytes = UnsafeRawBufferPointer(
        start: count == 0 ? nil : try file.map(count: count, populates: false), count: count)
    } catch {
      throw .reading(path, "open", error)
    }
  }

  /// Memory of `count` bytes, zero or what `fill` writes.
  ///
  /// - Throws: `FileError` of kind `cannotWrite` where there is no memory, or what `fill` throws.
  public init(count: Int, fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws {
    precondition(count > 0)
    let base: UnsafeMutableRawPointer
    do throws(Errno) {
      let memory = try FileDescriptor.memory(count: count)
      // Nobody but this process, through this mapping, can write to it.
      file = try FileDescriptor(opening: memory.path, O_RDONLY)
      base = try memory.mapShared(count: count)
    } catch {
      throw FileError.writing("\(count) bytes of memory", "memfd_create", error)
    }
    bytes = UnsafeRawBufferPointer(start: base, count: count)
    try fill(UnsafeMutableRawBufferPointer(start: base, count: count))
  }

  deinit {
    if let base = bytes.baseAddress { SystemCalls.unmap(base, count: bytes.count) }
  }

  public var count: Int { bytes.count }

  /// Asks for all bytes to be brought in, as somebody is going to read them.
  public func prefetch() {
    if let base = bytes.baseAddress { SystemCalls.prefetch(base, count: bytes.count) }
  }

  /// Lends the bytes; they start at a page's boundary and stay valid as long as the object lives.
  public func withUnsafeBytes<Result, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> Result
  ) throws(E) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(bytes)
  }
}
