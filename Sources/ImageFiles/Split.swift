/// A labelled set in two parts, each in the order of the whole.
public struct Split: Sendable {
  public let training: [LabelledImage]
  public let validation: [LabelledImage]

  /// Draws the parts at random: Keras's `validation_split`, ⌊n · fraction⌋ of n images to validate.
  ///
  /// The same images and generator give the same split.
  ///
  /// - Parameters:
  ///   - fraction: The share to validate, between 0 and 1 exclusive.
  ///   - generator: Where the order comes from.
  ///   - batchSize: Where given, training gets whole batches and what is left over goes to validation.
  public static func shuffled(
    _ images: [LabelledImage], validationFraction fraction: Double,
    using generator: inout some RandomNumberGenerator, dropRemainderOf batchSize: Int? = nil
  ) throws(DatasetError) -> Split {
    guard fraction > 0, fraction < 1 else { throw .badFraction(fraction) }
    var trainingCount = images.count - Int(Double(images.count) * fraction)
    if let batchSize { trainingCount -= trainingCount % batchSize }
    guard trainingCount > 0 else {
      let why =
        batchSize.map { "training would not fill one batch of \($0)" } ?? "none would be left to train"
      throw .tooFewImages(images.count, why: why)
    }
    guard trainingCount < images.count else {
      throw .tooFewImages(images.count, why: "none would be left to validate")
    }
    let order = Shuffle.order(count: images.count, using: &generator)
    return Split(
      training: order[..<trainingCount].sorted().map { images[$0] },
      validation: order[trainingCount...].sorted().map { images[$0] })
  }
}
