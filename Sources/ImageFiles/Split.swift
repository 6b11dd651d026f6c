/// A labelled set in two parts, each in the order of the whole.
public struct Split: Sendable {
  public let training: [LabelledFile]
  public let validation: [LabelledFile]

  /// Draws the parts at random: Keras's `validation_split`, ⌊n · fraction⌋ of n images to validate.
  ///
  /// The same files and generator give the same split.
  ///
  /// - Parameters:
  ///   - fraction: The share to validate, between 0 and 1 exclusive.
  ///   - generator: Where the order comes from.
  ///   - batchSize: Where given, training gets whole batches and what is left over goes to validation.
  public static func shuffled(
    _ files: [LabelledFile], validationFraction fraction: Double,
    using generator: inout some RandomNumberGenerator, dropRemainderOf batchSize: Int? = nil
  ) throws(DatasetError) -> Split {
    guard fraction > 0, fraction < 1 else { throw .badFraction(fraction) }
    var trainingCount = files.count - Int(Double(files.count) * fraction)
    if let batchSize { trainingCount -= trainingCount % batchSize }
    guard trainingCount > 0 else {
      let why =
        batchSize.map { "training would not fill one batch of \($0)" } ?? "none would be left to train"
      throw .tooFewImages(files.count, why: why)
    }
    guard trainingCount < files.count else {
      throw .tooFewImages(files.count, why: "none would be left to validate")
    }
    let order = Shuffle.order(count: files.count, using: &generator)
    return Split(
      training: order[..<trainingCount].sorted().map { files[$0] },
      validation: order[trainingCount...].sorted().map { files[$0] })
  }
}
