import Engine
import SystemFiles

/// Labelled images after the frozen layers.
final class FeatureSet {
  /// The class of each image.
  let labels: [Int]
  /// The place of each image in the list that it comes from, which has others, too, that cannot be read.
  let sources: [Int]
  private let memory: FeatureMemory

  /// - Parameter memory: The features of as many images as there are labels, one after another.
  init(labels: [Int], sources: [Int], memory: FeatureMemory) {
    self.labels = labels
    self.sources = sources
    self.memory = memory
  }

  var count: Int { labels.count }

  /// Lends the features of all images.
  ///
  /// - Parameter keepsMemory: Whether what was read of their file may stay in memory.
  private func withRecords<R>(keepsMemory: Bool, _ body: (FeatureRecords) throws -> R) throws -> R {
    defer { withExtendedLifetime(self) {} }
    return try memory.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { throw TrainingError.noImages }
      let floats = base.assumingMemoryBound(to: Float.self)
      return try body(FeatureRecords(floats) { if !keepsMemory { self.memory.release() } })
    }
  }

  /// Runs `body` on the images of `order` in batches of at most `size`.
  ///
  /// - Parameter keepsMemory: Whether what was read of the features' file may stay in memory.
  func forEachBatch(
    of order: some RandomAccessCollection<Int>, size: Int, keepsMemory: Bool,
    _ body: (FeatureRecords, ArraySlice<Int>, [Int]) throws -> Void
  ) throws {
    let order = Array(order)
    try withRecords(keepsMemory: keepsMemory) { records in
      for start in stride(from: 0, to: order.count, by: size) {
        let batch = order[start..<min(start + size, order.count)]
        try body(records, batch, batch.map { labels[$0] })
      }
    }
  }

  /// Runs `body` on what the network as it stands says of each batch, with the places of its images in the set.
  func forEachResult(on engine: Engine, _ body: (BatchResult, Range<Int>) throws -> Void) throws {
    let keepsMemory = engine.options.memoryLimit == nil
    try forEachBatch(of: labels.indices, size: engine.batchSize, keepsMemory: keepsMemory) {
      records, batch, labels in
      try body(
        engine.evaluate(records, indices: batch, labels: labels), batch.startIndex..<batch.endIndex)
    }
  }

  /// Loss and accuracy of the network as it stands.
  func evaluate(on engine: Engine) throws -> Tally {
    var tally = Tally()
    try forEachResult(on: engine) { result, _ in tally.add(result) }
    return tally
  }
}

/// Where features lie.
enum FeatureMemory {
  /// Of this run.
  case scratch(ScratchMemory)
  /// In a file of the cache.
  case stored(StoredFeatures)

  func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    switch self {
    case .scratch(let memory): try body(UnsafeRawBufferPointer(memory.bytes))
    case .stored(let stored):
      try stored.file.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[stored.offset...])) }
    }
  }

  func release() {
    switch self {
    case .scratch(let memory): memory.release()
    case .stored(let stored): stored.file.release()
    }
  }
}
