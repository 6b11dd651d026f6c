import Glibc

/// A large block of memory to compute with, backed by a nameless file where there is a folder for it.
///
/// The system can write its pages out instead of holding them all, so the block may be larger than the memory.
/// The file is gone with the process, however that ends.
public final class ScratchMemory: FileMemory {
  /// Zero-initialised, at a page's boundary; valid as long as the object lives.
  public let bytes: UnsafeMutableRawBufferPointer
  /// nil where the block is plain memory.
  private let file: FileDescriptor?

  /// - Parameters:
  ///   - count: Bytes; at least one is taken.
  ///   - folders: Where the file may go, in order of preference. Where none takes it, the block is plain memory.
  /// - Throws: `FileError` of kind `cannotWrite` where there is no memory either.
  public init(count: Int, in folders: [String]) throws(FileError) {
    let count = max(count, 1)
    for folder in folders {
      do throws(Errno) {
        let file = try FileDescriptor.scratch(in: folder, count: count)
        let base = try file.mapShared(count: count)
        SystemCalls.expectRandomAccess(base, count: count)
        bytes = UnsafeMutableRawBufferPointer(start: base, count: count)
        self.file = consume file
        return
      } catch {
        continue
      }
    }
    file = nil
    do throws(Errno) {
      bytes = UnsafeMutableRawBufferPointer(start: try SystemCalls.mapMemory(count: count), count: count)
    } catch {
      throw .writing("\(count) bytes of memory", "mmap", error)
    }
  }

  deinit {
    if let base = bytes.baseAddress { SystemCalls.unmap(base, count: bytes.count) }
  }

  /// Writes a part: faster than through ``bytes``, of which each page would have to be brought in.
  ///
  /// - Precondition: It fits.
  /// - Throws: `FileError` of kind `cannotWrite`.
  public func write(_ part: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
    let target = UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + part.count])
    guard file != nil else { return target.copyMemory(from: part) }
    // The system keeps each piece in a page of its size, and counts a page for this process as soon as any of it is read.
    for start in stride(from: 0, to: part.count, by: ScratchMemory.pieceBytes) {
      let piece = part[start..<min(start + ScratchMemory.pieceBytes, part.count)]
      do throws(Errno) {
        try file?.write(UnsafeRawBufferPointer(rebasing: piece), at: offset + start)
      } catch {
        throw .writing("scratch file", "pwrite", error)
      }
    }
  }

  private static let pieceBytes = 1 << 16

  /// Without a file nothing happens.
  public func willRead(_ part: UnsafeRawBufferPointer) {
    guard file != nil, let start = part.baseAddress else { return }
    SystemCalls.willNeed(start, count: part.count)
  }

  /// Without a file nothing happens.
  public func release() {
    guard file != nil, let base = bytes.baseAddress else { return }
    SystemCalls.release(base, count: bytes.count)
  }
}
