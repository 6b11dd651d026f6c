import Engine
import ModelGraph

/// Where a run is: all that the rest of it depends on, besides its options and data.
///
/// The order of the images and their augmentation follow from seed and epoch alone, dropout from seed and update:
/// so no generator's state is here.
public struct Checkpoint: Sendable {
  /// What the run was started with, by option: a run with other options cannot go on from here.
  public let identity: [String: String]
  let progress: Progress
  /// Everything that training moves.
  let weights: Weights
  let optimizer: OptimizerState
  /// The weights of the best epoch, where they are to be kept.
  let best: Weights?

  struct Progress: Sendable, Hashable, Codable {
    /// The epoch that is under way, from 1.
    var epoch = 1
    /// Its updates that are done.
    var steps = 0
    /// The epoch's figures so far.
    var images = 0
    var correct = 0
    var lossBits: UInt64 = 0
    /// Of the epochs that are done.
    var history: [EpochMetrics] = []
    var watch: ValidationWatch
    /// Time spent training, before.
    var seconds = 0.0

    var tally: Tally {
      get { Tally(images: images, correct: correct, lossSum: Double(bitPattern: lossBits)) }
      set {
        images = newValue.images
        correct = newValue.correct
        // The bits: JSON has no place for what is not a number.
        lossBits = newValue.lossSum.bitPattern
      }
    }
  }

  /// The epochs that are done.
  public var history: [EpochMetrics] { progress.history }

  /// - Throws: ``TrainingError/otherRun(checkpoint:option:then:now:)`` for the first option that differs.
  public func check(identity now: [String: String], path: String) throws(TrainingError) {
    for option in Set(identity.keys).union(now.keys).sorted() where identity[option] != now[option] {
      throw .otherRun(checkpoint: path, option: option, then: identity[option], now: now[option])
    }
  }
}
