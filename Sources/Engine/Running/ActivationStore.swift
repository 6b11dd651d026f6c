import OpenCL
import SystemFiles

/// What the stages of a network hand on, for the micro-batches of a batch that are worked on together.
///
/// Either all of it stays on the device, or the device holds two levels of one micro-batch and a scratch file the
/// rest: levels next to each other are never in each other's place.
final class ActivationStore {
  private enum Place {
    case device
    case file(ScratchFile, turns: [Buffer])
  }

  private let place: Place
  /// Floats of one image, by level.
  private let levels: [Int]
  private let microBatch: Int
  private let parts: Int
  private let device: Device
  /// Those that stay on the device, by level and micro-batch.
  private var buffers: [[Buffer?]]
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
  ///   - firstMayStayAway: Whether the first level takes memory only when somebody asks for it.
  /// - Throws: `OpenCLError`, or `FileError` where no folder takes the file.
  init(
    levels: [Int], microBatch: Int, parts: Int, spill: [String]?, firstMayStayAway: Bool = false,
    _ device: Device
  ) throws {
    self.levels = levels
    self.microBatch = microBatch
    self.parts = parts
    self.device = device
    buffers = levels.map { _ in [Buffer?](repeating: nil, count: parts) }
    if let spill, parts > 1 {
      let bytes = levels.reduce(0, +) * microBatch * parts * 4
      let largest = (0...1).map { turn in levels.indices.filter { $0 % 2 == turn }.map { levels[$0] }.max() }
      place = .file(
        try ScratchFile(count: bytes, in: spill),
        turns: try largest.map { try Buffer(device, count: ($0 ?? 1) * microBatch) })
    } else {
      place = .device
      for level in levels.indices.dropFirst(firstMayStayAway ? 1 : 0) {
        for part in 0..<parts { _ = try target(level, part: part) }
      }
    }
  }

  /// The buffer of a level and micro-batch, to be overwritten.
  func target(_ level: Int, part: Int) throws(OpenCLError) -> Buffer {
    switch place {
    case .device:
      if let buffer = buffers[level][part] { return buffer }
      let buffer = try Buffer(device, count: levels[level] * microBatch)
      buffers[level][part] = buffer
      return buffer
    case .file(_, let turns):
      held[level % 2] = Position(level: level, part: part)
      return turns[level % 2]
    }
  }

  /// The buffer of a level and micro-batch, with what was kept of it.
  func buffer(_ level: Int, part: Int) throws -> Buffer {
    guard case .file(let file, let turns) = place else { return try target(level, part: part) }
    let isHeld = held[level % 2] == Position(level: level, part: part)
    let buffer = try target(level, part: part)
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
    let before = levels[..<level].reduce(0, +) * parts
    return (before + levels[level] * part) * microBatch * 4
  }
}
