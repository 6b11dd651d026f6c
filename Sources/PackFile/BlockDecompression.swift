import Glibc
import ModelGraph

/// A compressed payload in a file.
struct CompressedPayload {
  let name: String
  /// The bytes that it stands for.
  let byteCount: Int
  let width: Int
  /// As stored: the table of the blocks' sizes, and the blocks.
  let stored: UnsafeRawBufferPointer
}

/// Memory for all decompressed tensors of a pack.
private final class Arena: @unchecked Sendable {
  // Sendable: written by threads that share no byte, and not any more afterwards.
  let memory: UnsafeMutableRawBufferPointer

  /// - Returns: nil where there is not so much memory; the standard library's allocation would trap.
  init?(count: Int) {
    var base: UnsafeMutableRawPointer?
    guard posix_memalign(&base, Format.alignment, max(count, 1)) == 0 else { return nil }
    memory = UnsafeMutableRawBufferPointer(start: base, count: count)
  }

  deinit { free(memory.baseAddress) }
}

/// One block of a payload: what is stored of it, and where it goes.
private struct Block: @unchecked Sendable {
  // Sendable: see `Arena`; the file does not change.
  let payload: String
  let index: Int
  let stored: UnsafeRawBufferPointer
  let target: UnsafeMutableRawBufferPointer
  let width: Int

  /// - Returns: Whether the block is sound.
  func decompress() -> Bool {
    guard stored.count < target.count else {
      target.copyMemory(from: stored)
      return true
    }
    return withUnsafeTemporaryAllocation(byteCount: target.count, alignment: 8) { shuffled in
      guard Deflate.decompress(stored, into: shuffled) else { return false }
      BlockCompression.unshuffle(UnsafeRawBufferPointer(shuffled), width: width, into: target)
      return true
    }
  }
}

enum BlockDecompression {
  /// Decompresses payloads, all their blocks in parallel.
  ///
  /// No memory is taken before every table is right, so never more than ``Deflate/largestRatio`` times the file.
  static func decompress(_ payloads: [CompressedPayload]) throws(PackViolation) -> [TensorBytes] {
    guard !payloads.isEmpty else { return [] }
    var tables: [[Int]] = []
    var starts: [Int] = []
    var end = 0
    for payload in payloads {
      tables.append(try sizes(of: payload))
      guard let start = Checked.aligned(end), let next = Checked.sum(start, payload.byteCount) else {
        throw .badBlockSize(payload: payload.name, block: 0)
      }
      starts.append(start)
      end = next
    }
    guard let arena = Arena(count: end) else {
      throw .noMemory(bytes: end)
    }
    let blocks = payloads.indices.flatMap { index in
      self.blocks(of: payloads[index], tables[index], in: arena, at: starts[index])
    }
    let isSound = Parallel.map(blocks.count) { blocks[$0].decompress() }
    if let bad = isSound.firstIndex(of: false) {
      throw .damagedBlock(payload: blocks[bad].payload, block: blocks[bad].index)
    }
    return zip(payloads, starts).map { payload, start in
      let slice = arena.memory[start..<start + payload.byteCount]
      return TensorBytes(UnsafeRawBufferPointer(rebasing: slice), keptAliveBy: arena)
    }
  }

  /// The stored size of each block: all together what is stored, and none too small for what it stands for.
  private static func sizes(of payload: CompressedPayload) throws(PackViolation) -> [Int] {
    let count = BlockCompression.blockCount(payload.byteCount, width: payload.width)
    // The directory made sure that the table fits.
    var table = HeaderReader(payload.stored, from: 0)
    var sizes: [Int] = []
    var rest = payload.stored.count - 4 * count
    for block in 0..<count {
      let raw = BlockCompression.range(of: block, in: payload.byteCount, payload.width).count
      guard let size = try? table.size(), size <= min(raw, rest), raw <= size * Deflate.largestRatio else {
        throw .badBlockSize(payload: payload.name, block: block)
      }
      rest -= size
      sizes.append(size)
    }
    guard rest == 0 else { throw .badBlockSize(payload: payload.name, block: count) }
    return sizes
  }

  private static func blocks(
    of payload: CompressedPayload, _ sizes: [Int], in arena: Arena, at start: Int
  ) -> [Block] {
    var stored = 4 * sizes.count
    return sizes.enumerated().map { index, size in
      defer { stored += size }
      let range = BlockCompression.range(of: index, in: payload.byteCount, payload.width)
      let target = arena.memory[start + range.lowerBound..<start + range.upperBound]
      return Block(
        payload: payload.name, index: index,
        stored: UnsafeRawBufferPointer(rebasing: payload.stored[stored..<stored + size]),
        target: UnsafeMutableRawBufferPointer(rebasing: target), width: payload.width)
    }
  }
}
