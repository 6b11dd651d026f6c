internal import Glibc

/// Zeroed memory in pages as large as the system grants, for what is computed with: finding where a page lies takes a
/// processor time, most of all in a virtual machine.
///
/// It asks for nothing but whole large pages, so no more is resident than was asked for.
public final class LargePages {
  /// Bytes of a large page.
  public static let size = 2 << 20

  /// At a large page's boundary; valid as long as the object lives.
  public let bytes: UnsafeMutableRawBufferPointer
  private let mapping: UnsafeRawBufferPointer

  /// - Parameter count: Bytes; not zero.
  /// - Throws: `FileError` of kind `cannotWrite` where there is no memory.
  public init(count: Int) throws(FileError) {
    do throws(Errno) {
      let (reserved, overflows) = count.addingReportingOverflow(LargePages.size)
      guard !overflows else { throw Errno(code: ENOMEM) }
      let base = try SystemCalls.mapMemory(count: reserved)
      let start = base.alignedUp(toMultipleOf: LargePages.size)
      SystemCalls.preferLargePages(start, count: count / LargePages.size * LargePages.size)
      mapping = UnsafeRawBufferPointer(start: base, count: reserved)
      bytes = UnsafeMutableRawBufferPointer(start: start, count: count)
    } catch {
      throw .writing("\(count) bytes of memory", "mmap", error)
    }
  }

  deinit {
    if let base = mapping.baseAddress { SystemCalls.unmap(base, count: mapping.count) }
  }
}
