import Engine
import SystemFiles

/// Labelled images after the frozen layers: what the epochs run from.
final class FeatureSet {
  /// The class of each image.
  let labels: [Int]
  private let memory: ScratchMemory

  /// - Parameter memory: The features of as many images as there are labels, one after another.
  init(labels: [Int], memory: ScratchMemory) {
    self.labels = labels
    self.memory = memory
  }

  var count: Int { labels.count }

  /// Lends the features of all images.
  func withRecords<R>(_ body: (UnsafePointer<Float>) throws -> R) throws -> R {
    defer { withExtendedLifetime(self) {} }
    guard let base = memory.bytes.baseAddress else { throw TrainingError.noImages }
    return try body(UnsafePointer(base.assumingMemoryBound(to: Float.self)))
  }

  /// Runs `body` on the images of `order` in batches of at most `size`.
  func forEachBatch(
    of order: [Int], size: Int, _ body: (UnsafePointer<Float>, ArraySlice<Int>, [Int]) throws -> Void
  ) throws {
    try withRecords { records in
      var start = 0
      while start < order.count {
        let batch = order[start..<min(start + size, order.count)]
        try body(records, batch, batch.map { labels[$0] })
        start = batch.endIndex
      }
    }
  }

  /// Loss and accuracy of the network as it stands.
  func evaluate(on engine: Engine) throws -> Tally {
    var tally = Tally()
    try forEachBatch(of: Array(labels.indices), size: engine.batchSize) { records, batch, labels in
      tally.add(try engine.evaluate(records, indices: batch, labels: labels))
    }
    return tally
  }
}
