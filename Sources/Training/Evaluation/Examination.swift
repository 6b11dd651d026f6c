import Engine

/// What a classifier makes of each image of a set.
struct Examination {
  private(set) var tally = Tally()
  /// Images by true class (rows) and predicted class (columns).
  private(set) var confusion: [[Int]]
  private(set) var mistakes: [Mistake] = []

  init(_ images: FeatureSet, on engine: Engine) throws {
    let classes = engine.classCount
    confusion = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
    try images.forEachResult(on: engine) { result, places in add(result, places, of: images) }
    mistakes.sort { ($0.confidence, -$0.image) > ($1.confidence, -$1.image) }
  }

  private mutating func add(_ result: BatchResult, _ places: Range<Int>, of images: FeatureSet) {
    tally.add(result)
    for (offset, place) in places.enumerated() {
      let (truth, prediction) = (images.labels[place], result.predictions[offset])
      confusion[truth][prediction] += 1
      guard truth != prediction else { continue }
      mistakes.append(
        Mistake(
          image: images.sources[place], truth: truth, prediction: prediction,
          confidence: result.confidences[offset]))
    }
  }
}
