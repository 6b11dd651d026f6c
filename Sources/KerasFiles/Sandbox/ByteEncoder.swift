internal import ModelGraph

/// Writes what crosses between a program and its sandbox: bytes, integers of eight bytes, text and counts before it.
struct ByteEncoder {
  private let sink: (UnsafeRawBufferPointer) throws -> Void
  private var buffer: [UInt8] = []
  private static let bufferSize = 1 << 16

  init(_ sink: @escaping (UnsafeRawBufferPointer) throws -> Void) { self.sink = sink }

  mutating func put(byte: UInt8) throws {
    buffer.append(byte)
    if buffer.count >= ByteEncoder.bufferSize { try flush() }
  }

  /// - Precondition: `number` is not negative.
  mutating func put(_ number: Int) throws {
    for shift in stride(from: 0, to: 64, by: 8) { try put(byte: UInt8(truncatingIfNeeded: number >> shift)) }
  }

  mutating func put(_ text: String) throws {
    try put(text.utf8.count)
    for byte in text.utf8 { try put(byte: byte) }
  }

  mutating func put(_ text: String?) throws {
    try put(byte: text == nil ? 0 : 1)
    if let text { try put(text) }
  }

  mutating func put(_ shape: Shape, _ dtype: DType) throws {
    try put(byte: UInt8(DType.allCases.firstIndex(of: dtype) ?? 0))
    try put(byte: UInt8(shape.count))
    for extent in shape { try put(extent) }
  }

  mutating func put(_ bytes: UnsafeRawBufferPointer) throws {
    try flush()
    try sink(bytes)
  }

  /// Hands everything on; the last call.
  mutating func flush() throws {
    try buffer.withUnsafeBytes { try sink($0) }
    buffer.removeAll(keepingCapacity: true)
  }
}
