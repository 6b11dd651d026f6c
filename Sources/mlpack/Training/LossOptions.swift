import ArgumentParser
import Engine

/// What the loss makes of the classes.
struct LossOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The share of each target that is spread over all classes.", valueName: "x"))
  var labelSmoothing: Float = 0

  @Option(
    help: ArgumentHelp(
      "By which the images of each class count: a number a class, or 'balanced' for all classes to count the same.",
      valueName: "weights"))
  var classWeights: ClassWeights?

  func validate() throws {
    guard labelSmoothing >= 0, labelSmoothing < 1 else {
      throw ValidationError("--label-smoothing must be at least 0 and below 1")
    }
  }

  /// - Parameter imagesPerClass: Of the training images.
  /// - Throws: `CommandError` where the weights are for another number of classes.
  func settings(imagesPerClass: [Int]) throws -> LossSettings {
    LossSettings(
      labelSmoothing: labelSmoothing, classWeights: try classWeights?.weights(imagesPerClass) ?? [])
  }
}

/// `--class-weights`.
enum ClassWeights: ExpressibleByArgument {
  case balanced
  case each([Float])

  init?(argument: String) {
    if argument == "balanced" {
      self = .balanced
      return
    }
    let weights = argument.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
    guard !weights.contains(where: { $0.map { !($0 >= 0 && $0.isFinite) } ?? true }) else { return nil }
    self = .each(weights.compactMap { $0 })
  }

  /// Balanced weights are images / (classes · images of the class), as scikit-learn has them: their mean over the
  /// images is 1.
  func weights(_ imagesPerClass: [Int]) throws -> [Float] {
    switch self {
    case .balanced:
      let all = imagesPerClass.reduce(0, +)
      return imagesPerClass.map { $0 == 0 ? 1 : Float(all) / Float(imagesPerClass.count * $0) }
    case .each(let weights):
      guard weights.count == imagesPerClass.count else {
        throw CommandError.usage(
          "--class-weights gives \(counted(weights.count, "number")) for \(counted(imagesPerClass.count, "class", "classes"))"
        )
      }
      return weights
    }
  }
}
