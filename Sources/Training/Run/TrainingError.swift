public import Engine

/// Why a run cannot start, or go on.
public enum TrainingError: Error, Sendable, CustomStringConvertible {
  /// The mask leaves nothing trainable.
  case nothingToTrain
  /// None of the images could be read; `example` says why for one of them.
  case noUsableImages(of: Int, example: String)
  case noImages
  /// The best epoch is wanted, or the run is to end early, and there is nothing to judge epochs by.
  case nothingToValidateOn
  /// A signal asked the run to end; its checkpoint is written.
  case interrupted(checkpoint: String)
  /// The interrupted run had another option.
  case otherRun(checkpoint: String, option: String, then: String?, now: String?)
  case badCheckpoint(String, why: String)
  /// Numbers became NaN or infinite. `when` is the step, for people; `state` the file of the last good state.
  case notFinite(NotFinite, when: String, state: String?)
  /// The device failed in the course of the run; `checkpoint` is there to go on from.
  case deviceFailed(String, checkpoint: String?)
  /// The network takes something else than an RGB image.
  case notAnImageNetwork(inputShape: [Int])

  public var description: String {
    switch self {
    case .nothingToTrain:
      "the mask trains nothing; choose what to train with --train, as in 'conv_pw_13,dense'"
    case .noUsableImages(let count, let example):
      "none of the \(count) images can be used; the first: \(example)"
    case .noImages:
      "there are no images; give --data a folder with a folder of images for each class"
    case .nothingToValidateOn:
      "there are no images to validate on; give --validation-data or --validation-split"
    case .interrupted(let path):
      "interrupted; the same command with --resume goes on from '\(path)'"
    case .otherRun(let path, let option, let then, let now):
      "'\(path)' is of a run with \(option) \(then ?? "not given"), not \(now ?? "without it"); "
        + "give the options of that run, or leave --resume out to start anew"
    case .badCheckpoint(let path, let why):
      "'\(path)' \(why); remove it and start anew"
    case .notFinite(let finding, let when, let state):
      "\(when): \(finding); "
        + (finding.isOfFrozenLayers
          ? "look for the layer with 'mlpack inspect', and import the network again"
          : "start anew with a smaller --learning-rate, or with --clip-norm")
        + (state.map { "; the last good state stays in '\($0)'" } ?? "")
    case .deviceFailed(let error, let checkpoint):
      error + (checkpoint.map { "; the same command with --resume goes on from '\($0)'" } ?? "")
    case .notAnImageNetwork(let shape):
      "the network takes \(shape), and images give [height, width, 3]; import one for colour images"
    }
  }
}
