import CZlib

/// Raw deflate (RFC 1951) through zlib.
enum Deflate {
  /// No deflated bytes stand for more than so many times their number: 258 for two bits.
  static let largestRatio = 1032

  /// - Returns: nil where the result would not be shorter than `bytes`.
  static func compress(_ bytes: [UInt8]) -> [UInt8]? {
    var stream = z_stream()
    // A strategy for bytes that repeat as numbers do, not as text does: a code by frequency, and runs of one byte.
    guard
      deflateInit2_(
        &stream, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL, Z_RLE, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { deflateEnd(&stream) }
    return bytes.withUnsafeBytes { source in
      let room = source.count - 1
      guard room > 0, source.bind(to: &stream) else { return nil }
      let deflated = [UInt8](unsafeUninitializedCapacity: room) { target, filled in
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(truncatingIfNeeded: room)
        filled = deflate(&stream, Z_FINISH) == Z_STREAM_END ? room - Int(stream.avail_out) : 0
      }
      return deflated.isEmpty ? nil : deflated
    }
  }

  /// Fills `target` with what `source` stands for.
  ///
  /// - Returns: Whether that is exactly as much, and all of `source`.
  static func decompress(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Bool
  {
    var stream = z_stream()
    guard
      inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return false }
    defer { inflateEnd(&stream) }
    guard source.bind(to: &stream), let size = UInt32(exactly: target.count) else { return false }
    stream.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.avail_out = size
    return inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_out == 0 && stream.avail_in == 0
  }
}

extension UnsafeRawBufferPointer {
  /// Makes these bytes the input of `stream`, which does not write to them.
  fileprivate func bind(to stream: inout z_stream) -> Bool {
    guard let size = UInt32(exactly: count) else { return false }
    stream.next_in = UnsafeMutablePointer(mutating: baseAddress?.assumingMemoryBound(to: UInt8.self))
    stream.avail_in = size
    return true
  }
}
