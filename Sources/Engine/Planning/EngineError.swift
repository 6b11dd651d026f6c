public import ModelGraph

/// Why a network cannot run, or a mask cannot be trained.
public enum EngineError: Error, Sendable, CustomStringConvertible {
  case unsupportedLayer(String, why: String)
  case cannotTrain(WeightID, why: String)
  /// Not even one image at a time fits; `least` bytes would do.
  case overMemoryLimit(least: Int)
  /// The network does not end in one score a class.
  case notAClassifier(output: Shape)
  /// Features are to be kept as `float16`, and the frozen layers gave a number beyond all of those.
  case beyondHalfPrecision
  /// The environment names a family of kernels that there is not.
  case noSuchKernels(String)

  public var description: String {
    switch self {
    case .unsupportedLayer(let name, let why): "layer '\(name)' cannot run on a device: \(why)"
    case .cannotTrain(let id, let why): "'\(id)' cannot be trained: \(why)"
    case .overMemoryLimit(let least):
      "this run takes more than the memory limit; allow --memory-limit \(EngineError.megabytes(least)), or train less"
    case .notAClassifier(let output):
      "the network gives \(output), not one score a class; give it a head with 'mlpack import --labels' or '--classes'"
    case .noSuchKernels(let name):
      "MLPACK_KERNELS is '\(name)'; it is to be one of "
        + KernelChoice.allCases.map(\.rawValue).joined(separator: ", ")
    case .beyondHalfPrecision:
      "the frozen layers give numbers beyond 65,504, the largest of float16; keep them with --cache-dtype f32"
    }
  }

  /// Rounded up, as `--memory-limit` takes it.
  private static func megabytes(_ bytes: Int) -> String { "\((bytes + 999_999) / 1_000_000)MB" }
}
