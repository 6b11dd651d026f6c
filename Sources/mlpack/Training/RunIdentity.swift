import Engine
import ImageFiles
import ModelGraph
import SystemFiles
import Training

/// What decides which bytes a run ends with on a device, by option: a run that goes on must have been started with the same.
///
/// The device is not in it, for one that was lost is a reason to go on with another. Images count by name and class.
struct RunIdentity {
  let options: [String: String]

  /// - Parameter kernels: Those that run on the device.
  /// - Throws: `FileError` where the pack cannot be read.
  init(_ command: Finetune, _ data: TrainingData, _ kernels: KernelVariant) throws(FileError) {
    options = [
      "the pack": try Digest.sha256(path: command.pack),
      "the images of --data": RunIdentity.digest(of: data.training),
      "the images to validate on": RunIdentity.digest(of: data.validation),
      "--train": data.pack.mask.summary(in: data.pack.graph),
      "--epochs": "\(command.stopping.epochs)",
      "--batch-size": "\(command.batchSize)",
      "--learning-rate, --schedule, --warmup": "\(command.schedule.value)",
      "--optimizer with its arguments": "\(command.optimizer.value)",
      "--label-smoothing": "\(command.loss.labelSmoothing)",
      "--class-weights": command.loss.classWeights.map { "\($0)" } ?? "none",
      "--seed": "\(command.randomness.seed)",
      "--no-shuffle": "\(command.images.noShuffle)",
      "--patience": command.stopping.patience.map { "\($0)" } ?? "none",
      "--monitor": command.stopping.monitor.rawValue,
      "--keep-best": "\(command.stopping.keepBest)",
      "--fit": command.images.fitting.fit.rawValue,
      "--augment": "\(command.images.augment.rawValue)",
      "--views, --no-cache": "\(command.course.features(isAugmented: !command.images.augment.isEmpty))",
      "--cache-dtype": command.course.cacheDtype.rawValue,
      "the kernels (MLPACK_KERNELS, mlpack bench --tune)": kernels.description,
      "--memory-limit": command.course.memoryLimit.map { "\($0.count) bytes" } ?? "none",
    ]
  }

  /// Of the files' names and classes, in order.
  private static func digest(of images: [LabelledImage]) -> String {
    var digest = Digest()
    for entry in images {
      digest.update(
        entry.image.file.bytes + [0] + Array("\(entry.image.record?.offset ?? 0) \(entry.label)".utf8) + [0])
    }
    return digest.hex()
  }
}
