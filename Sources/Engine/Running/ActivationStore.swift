import OpenCL
import SystemFiles

/// What the stages of a network hand on, for the micro-batches of a batch that are worked on together.
///
/// Either all of it stays on the device, or the device holds two levels of one micro-batch and a scratch file the
/// rest: levels next to each other are never in each other's place.
final class ActivationStore {
  private enum Place {
    case device([[Buffer]])
    case file(ScratchFile, turns: [Buffer])
  }

  private let place: Place
  /// Floats of one image, by level.
  private let levels: [Int]
  private let microBatch: Int
  /// What each of the two buffers holds, where they take turns.
  private var held: [Position?] = [nil, nil]

  private struct Position: Equatable {
    let level: Int
    let part: Int
  }

  /// - Parameters:
  ///   - levels: Floats of one image, by level.
  ///   - parts: Micro-batches that are worked on together.
  ///   - spill: Where the file goes, in order of preference; nil to keep all on the device.
  /// - Throws: `OpenCLError`, or `FileError` where no folder takes the file.
  init(levels: [Int], microBatch: Int, parts: Int, spill: [String]?, _ device: Device) throws {
    self.levels = levels
    self.microBatch = microBatch
    if let spill, parts > 1 {
      let bytes = levels.reduce(0, +) * microBatch * parts * 4
      let largest = (0...1).map { turn in levels.indices.filter { $0 % 2 == turn }.map { levels[$0] }.max() }
      place = .file(
        try ScratchFile(count: bytes, in: spill),
        turns: try largest.map { try Buffer(device, count: ($0 ?? 1) * microBatch) })
    } else {
      place = .device(
        try levels.map { floats in
          try (0..<parts).map { _ in try Buffer(device, count: floats * microBatch) }
        })
    }
  }

  /// The buffer of a level and micro-batch, to be overwritten.
  func target(_ level: Int, part: Int) -> Buffer {
    switch place {
    case .device(let buffers): return buffers[level][part]
    case .file(_, let turns):
      held[level % 2] = Position(level: level, part: part)
      return turns[level % 2]
    }
  }

  /// The buffer of a level and micro-batch, with what was kept of it.
  func buffer(_ level: Int, part: Int) throws -> Buffer {
    guard case .file(let file, let turns) = place else { return target(level, part: part) }
    let isHeld = held[level % 2] == Position(level: level, part: part)
    let buffer = target(level, part: part)
    if !isHeld {
      try buffer.withMappedFloats(levels[level] * microBatch, .overwriting) { floats in
        Result { try file.read(into: UnsafeMutableRawBufferPointer(floats), at: offset(level, part)) }
      }.get()
    }
    return turns[level % 2]
  }

  /// Keeps what was written to the buffer of a level and micro-batch.
  func keep(_ level: Int, part: Int) throws {
    guard case .file(let file, let turns) = place else { return }
    try turns[level % 2].withMappedFloats(levels[level] * microBatch, .reading) { floats in
      Result { try file.write(UnsafeRawBufferPointer(floats), at: offset(level, part)) }
    }.get()
  }

  /// Bytes before a level and micro-batch: levels one after another, in each the micro-batches.
  private func offset(_ level: Int, _ part: Int) -> Int {
    let parts = parts
    let before = levels[..<level].reduce(0, +) * parts
    return (before + levels[level] * part) * microBatch * 4
  }

  private var parts: Int {
    switch place {
    case .device(let buffers): buffers.first?.count ?? 0
    case .file(let file, _): file.count / max(levels.reduce(0, +) * microBatch * 4, 1)
    }
  }
}
