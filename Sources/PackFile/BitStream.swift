/// Appends bits, filling each byte from its lowest bit.
struct BitWriter {
  private var bytes: [UInt8]
  /// Bits that do not fill a byte yet, from the lowest on; fewer than eight between calls.
  private var pending: UInt64 = 0
  private var pendingCount = 0

  /// - Parameter bytes: What stands before the first bit.
  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The `count` lowest bits of `bits`, at most 32; all above them are zero.
  mutating func append(_ bits: UInt64, count: Int) {
    pending |= bits << UInt64(pendingCount)
    pendingCount += count
    while pendingCount >= 8 {
      bytes.append(UInt8(truncatingIfNeeded: pending))
      pending >>= 8
      pendingCount -= 8
    }
  }

  /// As many zeros as `value` says, and a one.
  mutating func appendUnary(_ value: Int) {
    var zeros = value
    while zeros > 31 {
      append(0, count: 31)
      zeros -= 31
    }
    append(1 << UInt64(zeros), count: zeros + 1)
  }

  /// All bytes, the last one filled up with zeros.
  consuming func finish() -> [UInt8] {
    if pendingCount > 0 { append(0, count: 8 - pendingCount) }
    return bytes
  }
}

/// Reads what a `BitWriter` wrote; nil where the bits end.
///
/// Inlined throughout: a pack has some hundred thousand positions, and reading one should take a few nanoseconds.
///
/// - Note: The bytes must outlive the reader.
struct BitReader {
  private let bytes: UnsafeRawBufferPointer
  private var nextByte = 0
  /// Bits of the bytes before `nextByte` that were not read yet; zero above `pendingCount`.
  private var pending: UInt64 = 0
  private var pendingCount = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The next `count` bits, at most 32.
  @inline(__always)
  mutating func read(_ count: Int) -> UInt64? {
    if pendingCount < count { refill() }
    guard pendingCount >= count else { return nil }
    let bits = pending & (1 << UInt64(count) - 1)
    drop(count)
    return bits
  }

  /// The number of zeros before the next one.
  @inline(__always)
  mutating func readUnary() -> Int? {
    var zeros = 0
    while pending == 0 {
      zeros += pendingCount
      pendingCount = 0
      guard nextByte < bytes.count else { return nil }
      refill()
    }
    let more = pending.trailingZeroBitCount
    drop(more + 1)
    return zeros + more
  }

  /// Whether all bytes are used and the bits that fill up the last are zero.
  var isFinished: Bool { nextByte == bytes.count && pendingCount < 8 && pending == 0 }

  @inline(__always)
  private mutating func drop(_ count: Int) {
    pending >>= UInt64(count)
    pendingCount -= count
  }

  /// Takes whole bytes as long as there is room for one.
  private mutating func refill() {
    while pendingCount <= 56, nextByte < bytes.count {
      pending |= UInt64(bytes[nextByte]) << UInt64(pendingCount)
      pendingCount += 8
      nextByte += 1
    }
  }
}
