/// Immutable memory that holds a tensor's elements: its own, or a part of a mapped file.
///
/// The memory is released, or its owner let go of, with the last reference.
public final class TensorBytes: @unchecked Sendable {
  // Sendable: nothing writes to the memory after `init`.
  private let base: UnsafeRawPointer
  private let owner: AnyObject?
  public let count: Int

  /// Memory of `count` bytes, 64-byte aligned, that `fill` writes before anyone reads it.
  public init(count: Int, fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1), alignment: 64)
    do {
      try fill(UnsafeMutableRawBufferPointer(start: memory.baseAddress, count: count))
    } catch {
      memory.deallocate()
      throw error
    }
    self.base = UnsafeRawPointer(memory.baseAddress!)
    self.owner = nil
    self.count = count
  }

  /// Memory that belongs to `owner` and stays valid and unchanged as long as `owner` lives.
  public init(_ bytes: UnsafeRawBufferPointer, keptAliveBy owner: AnyObject) {
    precondition(!bytes.isEmpty, "a tensor has at least one element")
    self.base = bytes.baseAddress!
    self.owner = owner
    self.count = bytes.count
  }

  deinit {
    if owner == nil { base.deallocate() }
  }

  public func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(start: base, count: count))
  }
}
