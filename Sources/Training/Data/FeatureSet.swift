import Engine

/// Labelled images after the frozen layers.
final class FeatureSet {
  /// The class of each image.
  let labels: [Int]
  /// The place of each image in the list that it comes from, which has others, too, that cannot be read.
  let sources: [Int]
  private let records: FeatureRecords

  /// - Parameter records: The features of as many images as there are labels.
  init(labels: [Int], sources: [Int], records: FeatureRecords) {
    self.labels = labels
    self.sources = sources
    self.records = records
  }

  var count: Int { labels.count }

  /// Runs `body` on the images of `order` in batches of at most `size`.
  func forEachBatch(
    of order: some RandomAccessCollection<Int>, size: Int,
    _ body: (FeatureRecords, ArraySlice<Int>, [Int]) throws -> Void
  ) rethrows {
    let order = Array(order)
    for start in stride(from: 0, to: order.count, by: size) {
      let batch = order[start..<min(start + size, order.count)]
      try body(records, batch, batch.map { labels[$0] })
    }
  }

  /// Runs `body` on what the network as it stands says of each batch, with the places of its images in the set: while
  /// the device works on the next.
  func forEachResult(on engine: Engine, _ body: (BatchResult, Range<Int>) throws -> Void) throws {
    var before: (batch: QueuedBatch, places: Range<Int>)?
    try forEachBatch(of: labels.indices, size: engine.batchSize) { records, batch, labels in
      let queued = try engine.queueEvaluation(records, indices: batch, labels: labels)
      if let before { try body(before.batch.result(), before.places) }
      before = (queued, batch.startIndex..<batch.endIndex)
    }
    if let before { try body(before.batch.result(), before.places) }
  }

  /// Loss and accuracy of the network as it stands.
  func evaluate(on engine: Engine) throws -> Tally {
    var tally = Tally()
    try forEachResult(on: engine) { result, _ in tally.add(result) }
    return tally
  }
}
