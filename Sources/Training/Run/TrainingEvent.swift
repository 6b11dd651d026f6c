public import ImageFiles

/// What happens in the course of a training run or an evaluation.
public enum TrainingEvent: Sendable {
  /// Images that were decoded and went through the frozen layers, of all that will.
  case reading(done: Int, of: Int)
  /// Images that cannot be used and are left out.
  case brokenImages([ImageError])
  /// A step was made. Loss and accuracy are of the epoch so far.
  case step(epoch: Int, step: Int, of: Int, loss: Double, accuracy: Double, imagesPerSecond: Double)
  case epoch(EpochMetrics)
  /// The device has no room for more images at once: batches come in parts of at most so many, whose gradients add up. What
  /// was told since the last checkpoint, or since the start where there is none, comes again.
  case smallerMicroBatch(images: Int)
  /// Validation has not improved for as long as it was given; the run ends after this epoch.
  case stoppedEarly(epoch: Int, bestEpoch: Int?)
}

/// The figures of an epoch; those of training are missing from epoch 0, the evaluation before training.
public struct EpochMetrics: Sendable, Hashable, Codable {
  public let epoch: Int
  /// Mean over the images of the loss of each batch before its update, as Keras reports it.
  public let trainLoss: Double?
  public let trainAccuracy: Double?
  /// After the epoch's last update; nil where there are no images to validate on.
  public let validationLoss: Double?
  public let validationAccuracy: Double?
  /// Images trained on, or in epoch 0 evaluated, a second.
  public let imagesPerSecond: Double
  /// Of the whole epoch, validation included.
  public let seconds: Double
  /// Of the epoch's last update; nil in epoch 0.
  public let learningRate: Double?
}
