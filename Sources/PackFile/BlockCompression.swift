import ModelGraph

/// Compressed storage: blocks of elements, the bytes of each block shuffled, so that those of equal weight stand
/// together, and deflated.
///
/// Weights are noise in their lower bytes; what can be saved is in the signs and exponents. Blocks are small enough
/// to stay in a cache, and are inflated in parallel.
enum BlockCompression {
  static let elementsPerBlock = 1 << 16

  /// Bytes of one block in a payload.
  static func blockBytes(width: Int) -> Int { elementsPerBlock * width }

  static func blockCount(_ byteCount: Int, width: Int) -> Int {
    byteCount / blockBytes(width: width) + (byteCount % blockBytes(width: width) == 0 ? 0 : 1)
  }

  /// The bytes of a block, for each place of an element one behind the other.
  static func shuffle(_ block: UnsafeRawBufferPointer, width: Int) -> [UInt8] {
    let elements = block.count / width
    return [UInt8](unsafeUninitializedCapacity: block.count) { shuffled, filled in
      for place in 0..<width {
        for element in 0..<elements {
          shuffled.initializeElement(at: place * elements + element, to: block[element * width + place])
        }
      }
      filled = block.count
    }
  }

  /// The reverse of `shuffle`.
  static func unshuffle(
    _ shuffled: UnsafeRawBufferPointer, width: Int, into block: UnsafeMutableRawBufferPointer
  ) {
    let elements = block.count / width
    for place in 0..<width {
      for element in 0..<elements { block[element * width + place] = shuffled[place * elements + element] }
    }
  }

  /// Compresses payloads, all their blocks in parallel.
  ///
  /// - Parameter payloads: Each with its elements' width.
  /// - Returns: nil in place of what would not become smaller.
  static func compress(_ payloads: [(bytes: TensorBytes, width: Int)]) -> [[UInt8]?] {
    let blocks = payloads.enumerated().flatMap { index, payload in
      (0..<blockCount(payload.bytes.count, width: payload.width)).map { (payload: index, block: $0) }
    }
    let deflated = Parallel.map(blocks.count) { index in
      let (bytes, width) = payloads[blocks[index].payload]
      return bytes.withUnsafeBytes { raw in
        let block = UnsafeRawBufferPointer(
          rebasing: raw[range(of: blocks[index].block, in: raw.count, width)])
        return Deflate.compress(shuffle(block, width: width)) ?? Array(block)
      }
    }
    var parts = [[[UInt8]]](repeating: [], count: payloads.count)
    for (position, bytes) in zip(blocks, deflated) { parts[position.payload].append(bytes) }
    return zip(payloads, parts).map { payload, parts in
      var table = HeaderWriter()
      for part in parts { table.size(part.count) }
      let compressed = table.bytes + parts.joined()
      return compressed.count < payload.bytes.count ? compressed : nil
    }
  }

  /// Where a block lies in a payload of `byteCount` bytes.
  static func range(of block: Int, in byteCount: Int, _ width: Int) -> Range<Int> {
    let start = block * blockBytes(width: width)
    return start..<min(start + blockBytes(width: width), byteCount)
  }
}
