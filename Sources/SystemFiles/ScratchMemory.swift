import Glibc

/// A large block of memory to compute with, backed by a nameless file where there is a folder for it.
///
/// The system can write its pages out instead of holding them all, so the block may be larger than the memory.
/// The file is gone with the process, however that ends.
public final class ScratchMemory {
  /// Zero-initialised, at a page's boundary; valid as long as the object lives.
  public let bytes: UnsafeMutableRawBufferPointer
  private let isFile: Bool

  /// - Parameters:
  ///   - count: Bytes; at least one is taken.
  ///   - folders: Where the file may go, in order of preference. Where none takes it, the block is plain memory.
  /// - Throws: `FileError` of kind `cannotWrite` where there is no memory either.
  public init(count: Int, in folders: [String]) throws(FileError) {
    let count = max(count, 1)
    for folder in folders {
      guard let base = try? ScratchMemory.mapFile(in: folder, count: count) else { continue }
      bytes = UnsafeMutableRawBufferPointer(start: base, count: count)
      isFile = true
      return
    }
    isFile = false
    do throws(Errno) {
      bytes = UnsafeMutableRawBufferPointer(start: try SystemCalls.mapMemory(count: count), count: count)
    } catch {
      throw .writing("\(count) bytes of memory", "mmap", error)
    }
  }

  deinit {
    if let base = bytes.baseAddress { SystemCalls.unmap(base, count: bytes.count) }
  }

  /// Lets go of the memory that the block takes; its content stays in the file. Without a file nothing happens.
  public func release() {
    guard isFile, let base = bytes.baseAddress else { return }
    SystemCalls.release(base, count: bytes.count)
  }

  private static func mapFile(in folder: String, count: Int) throws(Errno) -> UnsafeMutableRawPointer {
    try FileDescriptor.scratch(in: folder, count: count).mapShared(count: count)
  }
}
