/// Why a run cannot start.
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
  /// The network takes something else than an RGB image.
  case notAnImageNetwork(inputShape: [Int])

  public var description: String {
    switch self {
    case .nothingToTrain:
      "the mask trains nothing; choose what to train with --train, as in 'conv_pw_13,dense'"
    case .noUsableImages(let count, let example):
      "none of the \(count) images can be used; the first: \(example)"
    case .noImages:
      "there are no images to train on; give --data a folder with a folder of images for each class"
    case .nothingToValidateOn:
      "there are no images to validate on; give --validation-data or --validation-split"
    case .interrupted(let path):
      "interrupted; the same command with --resume goes on from '\(path)'"
    case .otherRun(let path, let option, let then, let now):
      "'\(path)' is of a run with \(option) \(then ?? "not given"), not \(now ?? "without it"); "
        + "give the options of that run, or leave --resume out to start anew"
    case .badCheckpoint(let path, let why):
      "'\(path)' \(why); remove it and start anew"
    case .notAnImageNetwork(let shape): "the network takes \(shape); images give [height, width, 3]"
    }
  }
}
