public import Engine
public import ModelGraph

/// What a run ends with.
public struct TrainingOutcome: Sendable {
  /// The pack with its trained weights in place of the old.
  public let pack: Pack
  /// The evaluation before training, and each epoch.
  public let history: [EpochMetrics]
  /// The epoch whose weights the pack has.
  public let keptEpoch: Int
  public let stoppedEarly: Bool
  /// How the pack does on the validation images; nil where there are none.
  public let evaluation: Evaluation?
  /// The validation images that it takes for something else, the surest first.
  public let mistakes: [Mistake]
  /// How the memory was used.
  public let memory: MemoryPlan
  /// Of training, earlier parts of the run included; reading images not.
  public let seconds: Double
}

/// An image that is taken for something else.
public struct Mistake: Sendable, Hashable {
  /// Its place in the list of validation images.
  public let image: Int
  public let truth: Int
  public let prediction: Int
  /// The probability of the prediction.
  public let confidence: Float
}
