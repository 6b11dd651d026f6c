internal import ModelGraph

/// Reads what crosses between a program and its sandbox. Nothing in it is trusted: every count has a limit that is
/// checked before anything is allocated.
struct ByteDecoder {
  /// What was read is not what the other side writes.
  struct Nonsense: Error, Hashable {}

  private let source: (UnsafeMutableRawBufferPointer) throws -> Int
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)
  private var unread = 0..<0
  /// Bytes that names and numbers may still take.
  private var rest = 64 << 20
  private static let maximumText = 8 << 20
  /// Bytes that memory is taken for before they are there.
  private static let largestPiece = 8 << 20
  /// HDF5's own limit.
  private static let maximumRank = 32

  /// - Parameter source: Fills a part of the memory that it is given, and says how much; 0 at the end.
  init(_ source: @escaping (UnsafeMutableRawBufferPointer) throws -> Int) { self.source = source }

  /// - Parameter bytes: All that there is to read; they outlive the value.
  init(from bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    self.init { target in
      let count = min(target.count, rest.count)
      target.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest.prefix(count)))
      rest = rest.dropFirst(count)
      return count
    }
  }

  mutating func byte() throws -> UInt8 {
    if unread.isEmpty { try refill() }
    guard rest > 0, let index = unread.first else { throw Nonsense() }
    rest -= 1
    unread = index + 1..<unread.upperBound
    return buffer[index]
  }

  /// - Parameter limit: The largest number that makes sense.
  mutating func number(upTo limit: Int = .max) throws -> Int {
    var bits = UInt64(0)
    for shift in stride(from: 0, to: 64, by: 8) { bits |= UInt64(try byte()) << UInt64(shift) }
    guard let number = Int(exactly: bits), number <= limit else { throw Nonsense() }
    return number
  }

  mutating func flag() throws -> Bool {
    let byte = try byte()
    guard byte <= 1 else { throw Nonsense() }
    return byte == 1
  }

  mutating func text() throws -> String {
    let count = try number(upTo: min(ByteDecoder.maximumText, rest))
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBytes { try copy(into: $0) }
    rest -= count
    guard let text = String(validating: bytes, as: UTF8.self) else { throw Nonsense() }
    return text
  }

  mutating func optionalText() throws -> String? { try flag() ? try text() : nil }

  /// A shape and a type, and the bytes that such a tensor has.
  mutating func tensorForm() throws -> (shape: Shape, dtype: DType, byteCount: Int) {
    let code = Int(try byte())
    let rank = Int(try byte())
    guard DType.allCases.indices.contains(code), rank <= ByteDecoder.maximumRank else { throw Nonsense() }
    let dtype = DType.allCases[code]
    var shape: Shape = []
    var byteCount = dtype.byteCount
    for _ in 0..<rank {
      let extent = try number()
      let (product, overflows) = byteCount.multipliedReportingOverflow(by: extent)
      guard extent > 0, !overflows else { throw Nonsense() }
      shape.append(extent)
      byteCount = product
    }
    return (shape, dtype, byteCount)
  }

  /// `count` bytes. They take memory as they come: a count alone takes next to none.
  mutating func bytes(_ count: Int) throws -> TensorBytes {
    var pieces: [[UInt8]] = []
    for _ in 0..<((count - 1) / ByteDecoder.largestPiece) {
      var piece = [UInt8](repeating: 0, count: ByteDecoder.largestPiece)
      try piece.withUnsafeMutableBytes { try copy(into: $0) }
      pieces.append(piece)
    }
    return try TensorBytes(count: count) { target in
      var end = 0
      for piece in pieces {
        UnsafeMutableRawBufferPointer(rebasing: target[end...]).copyBytes(from: piece)
        end += piece.count
      }
      try copy(into: UnsafeMutableRawBufferPointer(rebasing: target[end...]))
    }
  }

  /// Fills all of `target`.
  mutating func copy(into target: UnsafeMutableRawBufferPointer) throws {
    let head = min(unread.count, target.count)
    buffer.withUnsafeBytes {
      target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[unread.prefix(head)]))
    }
    unread = unread.dropFirst(head)
    var done = head
    while done < target.count {
      let got = try source(UnsafeMutableRawBufferPointer(rebasing: target[done...]))
      guard got > 0, got <= target.count - done else { throw Nonsense() }
      done += got
    }
  }

  /// That nothing follows.
  mutating func end() throws {
    if unread.isEmpty { try refill() }
    guard unread.isEmpty else { throw Nonsense() }
  }

  private mutating func refill() throws {
    let got = try buffer.withUnsafeMutableBytes { try source($0) }
    guard got >= 0, got <= buffer.count else { throw Nonsense() }
    unread = 0..<got
  }
}
