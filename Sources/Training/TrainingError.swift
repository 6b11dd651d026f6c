/// Why a run cannot start.
public enum TrainingError: Error, Sendable, CustomStringConvertible {
  /// The mask leaves nothing trainable.
  case nothingToTrain
  /// None of the images could be read; `example` says why for one of them.
  case noUsableImages(of: Int, example: String)
  case noImages
  /// The network takes something else than an RGB image.
  case notAnImageNetwork(inputShape: [Int])

  public var description: String {
    switch self {
    case .nothingToTrain:
      "the mask trains nothing; choose what to train with --train, as in 'conv_pw_13,dense'"
    case .noUsableImages(let count, let example):
      "none of the \(count) images can be used; the first: \(example)"
    case .noImages:
      "there are no images to train on; give --data a folder with a folder of images for each class, a CSV manifest or TFRecord files"
    case .notAnImageNetwork(let shape): "the network takes \(shape); images give [height, width, 3]"
    }
  }
}
