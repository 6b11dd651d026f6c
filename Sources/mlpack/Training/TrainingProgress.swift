import Glibc
import ImageFiles
import ModelGraph
import OpenCL
import SystemFiles
import Training

/// Shows a fine-tuning run as it goes, a row an epoch and a live line below, and logs its epochs.
struct TrainingProgress {
  private let isQuiet: Bool
  private let epochs: Int
  private var log: LineFile?
  private let style = Style(descriptor: STDERR_FILENO)
  private let clock = ContinuousClock()
  private var reading: ReadingProgress
  private var line = LiveLine()
  /// When this process was done with its first step, and how many steps of the run that made.
  private var began: (at: ContinuousClock.Instant, steps: Double)?
  private var hasTitles = false
  private var history: [EpochMetrics] = []

  init(quiet: Bool, epochs: Int) {
    isQuiet = quiet
    reading = ReadingProgress(quiet: quiet)
    self.epochs = epochs
  }

  /// Says that the device is being prepared; `begin` says that it is ready.
  mutating func prepare(_ device: DeviceInfo) { reading.prepare(device.name) }

  /// - Parameter log: Where a line an epoch goes.
  mutating func begin(loggingTo log: LineFile?) {
    self.log = log
    reading.begin()
  }

  /// What reading the images and running them through the frozen layers took.
  var secondsOfReading: Double { reading.seconds }

  mutating func report(_ event: TrainingEvent) throws {
    switch event {
    case .reading(let done, let total): reading.report(done, of: total)
    case .brokenImages(let errors): reading.warn(errors)
    case .step(let epoch, let step, let steps, let loss, let accuracy, let rate):
      stepped(epoch, step, steps, loss, accuracy, rate)
    case .epoch(let metrics): try finished(metrics)
    case .smallerMicroBatch(let images):
      StandardError.warning(
        "the device has no room for more at once: each batch in parts of at most \(counted(images, "image")), "
          + "which gives the same up to rounding")
    case .stoppedEarly(_, let best): stopped(best)
    }
  }

  /// Shows and logs the epochs of an earlier part of the run.
  mutating func replay(_ history: [EpochMetrics]) throws {
    for metrics in history { try finished(metrics) }
  }

  private func stopped(_ bestEpoch: Int?) {
    guard !isQuiet else { return }
    LiveLine.erase()
    let best = bestEpoch.map { "; the best was epoch \($0)" } ?? ""
    StandardError.write("validation does not improve any more\(best)\n")
  }

  /// How validation, or else training, went from the first epoch to the one whose weights were kept.
  func outcome(keptEpoch: Int) -> String {
    guard let kept = history.first(where: { $0.epoch == keptEpoch }) else { return "" }
    if let after = kept.validationAccuracy {
      let before = history.first?.validationAccuracy.map { " \(percent($0)) →" } ?? ""
      return ": validation accuracy\(before) \(percent(after))"
    }
    return kept.trainAccuracy.map { ": training accuracy \(percent($0))" } ?? ""
  }

  private mutating func stepped(
    _ epoch: Int, _ step: Int, _ steps: Int, _ loss: Double, _ accuracy: Double, _ rate: Double
  ) {
    guard !isQuiet else { return }
    let done = Double(epoch - 1) * Double(steps) + Double(step)
    let start = began ?? (clock.now, done)
    began = start
    let stepsLeft = Double(epochs) * Double(steps) - done
    let left = done > start.steps ? seconds(since: start.at) / (done - start.steps) * stepsLeft : nil
    let figures = TrainingProgress.row([String(epoch), fixed(loss, 4), percent(accuracy)])
    line.draw(
      (figures, "\(step)/\(steps)  \(imageRate(rate)) images/s" + (left.map { "  \(timeLeft($0))" } ?? "")),
      share: Double(step) / Double(steps))
  }

  private mutating func finished(_ metrics: EpochMetrics) throws {
    // Without images to validate on, there is nothing to tell of epoch 0.
    guard metrics.trainLoss != nil || metrics.validationLoss != nil else { return }
    // A run that begins anew, in smaller parts, comes by the same epoch again.
    guard metrics.epoch > history.last?.epoch ?? -1 else { return }
    history.append(metrics)
    try log?.append(metrics.json.line)
    guard !isQuiet else { return }
    LiveLine.erase()
    if !hasTitles {
      hasTitles = true
      let titles = ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "images/s", "time"]
      StandardError.write(style.bold(TrainingProgress.row(titles)) + "\n")
    }
    let cells = [
      String(metrics.epoch), TrainingProgress.cell(metrics.trainLoss) { fixed($0, 4) },
      TrainingProgress.cell(metrics.trainAccuracy, percent),
      TrainingProgress.cell(metrics.validationLoss) { fixed($0, 4) },
      TrainingProgress.cell(metrics.validationAccuracy, percent), imageRate(metrics.imagesPerSecond),
      duration(metrics.seconds),
    ]
    StandardError.write(TrainingProgress.row(cells) + "\n")
  }

  private func seconds(since instant: ContinuousClock.Instant) -> Double {
    (clock.now - instant) / .seconds(1)
  }

  private static let widths = [5, 7, 8, 8, 12, 8, 10]

  private static func row(_ cells: [String]) -> String {
    zip(cells, widths).map { cell, width in
      String(repeating: " ", count: max(width - cell.count, 0)) + cell
    }.joined(separator: "  ")
  }

  private static func cell(_ value: Double?, _ format: (Double) -> String) -> String {
    value.map(format) ?? "–"
  }
}

extension EpochMetrics {
  /// A line of the log; figures that there are none of are left out.
  fileprivate var json: JSON {
    let figures = [
      ("trainLoss", trainLoss), ("trainAccuracy", trainAccuracy), ("validationLoss", validationLoss),
      ("validationAccuracy", validationAccuracy), ("imagesPerSecond", imagesPerSecond), ("seconds", seconds),
    ]
    return .object(
      [("epoch", .integer(epoch))] + figures.compactMap { key, value in value.map { (key, .number($0)) } })
  }
}
