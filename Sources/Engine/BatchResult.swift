/// How a batch was classified.
public struct BatchResult: Sendable, Hashable {
  /// Cross-entropy, summed over the images.
  public let lossSum: Double
  /// The most probable class of each image; the first among equals.
  public let predictions: [Int]
  /// Images whose prediction is their label.
  public let correct: Int

  public var images: Int { predictions.count }

  /// - Parameters:
  ///   - losses: One an image.
  ///   - probabilities: [images, classes]
  init(losses: [Float], probabilities: [Float], labels: [Int]) {
    let classes = labels.isEmpty ? 1 : probabilities.count / labels.count
    lossSum = losses.reduce(0) { $0 + Double($1) }
    predictions = labels.indices.map { image in
      BatchResult.argmax(probabilities[image * classes..<(image + 1) * classes])
    }
    correct = zip(predictions, labels).count { $0 == $1 }
  }

  private static func argmax(_ row: ArraySlice<Float>) -> Int {
    var best = row.startIndex
    for index in row.indices where row[index] > row[best] { best = index }
    return best - row.startIndex
  }
}
