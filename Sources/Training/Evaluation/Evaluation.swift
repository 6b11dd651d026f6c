/// How a classifier does on labelled images.
public struct Evaluation: Sendable, Hashable {
  public struct PerClass: Sendable, Hashable {
    public let label: String
    /// Share of the images called by this label that are of it; nil where none is called so.
    public let precision: Double?
    /// Share of the images of this label that are called so; nil where there is none.
    public let recall: Double?
    public let images: Int
  }

  public let labels: [String]
  /// Images by true class (rows) and predicted class (columns).
  public let confusion: [[Int]]
  /// Mean cross-entropy.
  public let loss: Double

  /// - Precondition: `confusion` is square, with a row a label.
  public init(labels: [String], confusion: [[Int]], loss: Double) {
    precondition(confusion.count == labels.count && confusion.allSatisfy { $0.count == labels.count })
    self.labels = labels
    self.confusion = confusion
    self.loss = loss
  }

  public var images: Int { confusion.joined().reduce(0, +) }
  public var correct: Int { confusion.indices.reduce(0) { $0 + confusion[$1][$1] } }
  public var accuracy: Double { Double(correct) / Double(images) }

  public var perClass: [PerClass] {
    labels.indices.map { index in
      let called = confusion.reduce(0) { $0 + $1[index] }
      let there = confusion[index].reduce(0, +)
      let right = Double(confusion[index][index])
      return PerClass(
        label: labels[index], precision: called == 0 ? nil : right / Double(called),
        recall: there == 0 ? nil : right / Double(there), images: there)
    }
  }
}

/// What a classifier says of an image.
public struct Prediction: Sendable, Hashable {
  public let file: String
  /// One a class.
  public let probabilities: [Float]
}

/// What a feature extractor gives for an image.
public struct Features: Sendable, Hashable {
  public let file: String
  /// [H, W, C] or [C]
  public let shape: [Int]
  /// Row-major.
  public let values: [Float]
}
