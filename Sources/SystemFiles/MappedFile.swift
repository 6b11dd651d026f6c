import Glibc

/// A whole file in memory, read-only, without a copy.
///
/// Whoever keeps a pointer into the bytes keeps the object: the last reference unmaps them. A file that another
/// program shortens in place meanwhile ends this process (SIGBUS); `AtomicFile` never does that to a file.
public final class MappedFile: FileMemory, @unchecked Sendable {
  // Sendable: the memory is read-only and the properties never change.
  private let bytes: UnsafeRawBufferPointer

  private init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// - Parameter readsAll: Whether all of the file is going to be read, which is faster where it is known.
  /// - Throws: `notFound`, or `cannotRead` for what is not a regular file or cannot be opened.
  public convenience init(path: String, readsAll: Bool = false) throws(FileError) {
    let file: FileDescriptor
    do throws(Errno) {
      // A pipe without a writer would block the plain open for ever.
      file = try FileDescriptor(opening: path, O_RDONLY | O_NONBLOCK)
    } catch {
      throw .reading(path, "open", error)
    }
    try self.init(file, path: path, readsAll: readsAll)
  }

  /// - Parameter file: Open for reading; it may be closed afterwards.
  convenience init(_ file: borrowing FileDescriptor, path: String, readsAll: Bool) throws(FileError) {
    do throws(Errno) {
      let status = try file.status()
      guard isRegular(status) else { throw refusal(of: status) }
      guard let count = Int(exactly: status.st_size), count >= 0 else { throw Errno(code: EOVERFLOW) }
      // An empty file cannot be mapped.
      let base = count == 0 ? nil : try file.map(count: count, populates: readsAll)
      self.init(UnsafeRawBufferPointer(start: base, count: count))
    } catch {
      throw .reading(path, "open", error)
    }
  }

  deinit {
    if let base = bytes.baseAddress { SystemCalls.unmap(base, count: bytes.count) }
  }

  public var count: Int { bytes.count }

  /// From now on parts are read in any order, each of them asked for before.
  public func expectRandomAccess() {
    if let base = bytes.baseAddress { SystemCalls.expectRandomAccess(base, count: bytes.count) }
  }

  public func willRead(_ part: UnsafeRawBufferPointer) {
    if let start = part.baseAddress { SystemCalls.willNeed(start, count: part.count) }
  }

  public func release() {
    guard let base = bytes.baseAddress else { return }
    SystemCalls.release(UnsafeMutableRawPointer(mutating: base), count: bytes.count)
  }

  /// Lends the bytes; they start at a page's boundary and stay valid as long as the object lives.
  public func withUnsafeBytes<Result, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> Result
  ) throws(E) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(bytes)
  }
}
