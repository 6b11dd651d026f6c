import Engine

/// Loss and accuracy over many batches.
struct Tally: Sendable, Hashable {
  private(set) var images = 0
  private(set) var correct = 0
  private(set) var lossSum = 0.0

  init() {}

  init(images: Int, correct: Int, lossSum: Double) {
    self.images = images
    self.correct = correct
    self.lossSum = lossSum
  }

  mutating func add(_ result: BatchResult) {
    images += result.images
    correct += result.correct
    lossSum += result.lossSum
  }

  /// Mean over the images; nil before the first.
  var loss: Double? { images == 0 ? nil : lossSum / Double(images) }
  var accuracy: Double? { images == 0 ? nil : Double(correct) / Double(images) }
}
