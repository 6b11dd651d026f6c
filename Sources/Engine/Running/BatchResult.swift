/// How a batch was classified.
public struct BatchResult: Sendable, Hashable {
  /// Cross-entropy, summed over the images.
  public private(set) var lossSum: Double
  /// The most probable class of each image; the first among equals.
  public private(set) var predictions: [Int]
  /// The probability of each prediction.
  public private(set) var confidences: [Float]
  /// Images whose prediction is their label.
  public private(set) var correct: Int

  public var images: Int { predictions.count }

  /// Of no images.
  init() {
    lossSum = 0
    predictions = []
    confidences = []
    correct = 0
  }

  /// What another part of the same batch gave, behind this.
  mutating func add(_ part: BatchResult) {
    lossSum += part.lossSum
    predictions += part.predictions
    confidences += part.confidences
    correct += part.correct
  }

  /// - Parameters:
  ///   - losses: One an image.
  ///   - probabilities: [images, classes]
  init(losses: [Float], probabilities: [Float], labels: [Int]) {
    let classes = labels.isEmpty ? 1 : probabilities.count / labels.count
    lossSum = losses.reduce(0) { $0 + Double($1) }
    predictions = labels.indices.map { image in
      BatchResult.argmax(probabilities[image * classes..<(image + 1) * classes])
    }
    confidences = predictions.enumerated().map { probabilities[$0 * classes + $1] }
    correct = zip(predictions, labels).count { $0 == $1 }
  }

  private static func argmax(_ row: ArraySlice<Float>) -> Int {
    var best = row.startIndex
    for index in row.indices where row[index] > row[best] { best = index }
    return best - row.startIndex
  }
}
