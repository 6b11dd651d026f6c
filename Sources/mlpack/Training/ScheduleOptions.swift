import ArgumentParser
import Training

/// The learning rate and how it changes.
struct ScheduleOptions: ParsableArguments {
  enum Name: String, ExpressibleByArgument, CaseIterable {
    case constant, step, cosine
  }

  @Option(help: ArgumentHelp("Length of a step along the gradient.", valueName: "rate"))
  var learningRate: Double = 0.003

  @Option(
    help: ArgumentHelp(
      "How the learning rate changes: constant, step (by --decay-rate every --decay-every updates) or cosine (to 0 at the end).",
      valueName: "name"))
  var schedule = Name.constant

  @Option(
    help: ArgumentHelp("Updates in which the learning rate first grows from 0.", valueName: "n"))
  var warmup = 0

  @Option(help: ArgumentHelp("Updates after which --schedule step changes the rate.", valueName: "n"))
  var decayEvery: Int?

  @Option(help: ArgumentHelp("By what --schedule step multiplies the rate. (default: 0.1)", valueName: "x"))
  var decayRate: Double?

  func validate() throws {
    guard learningRate > 0, learningRate.isFinite else {
      throw ValidationError("--learning-rate must be positive")
    }
    guard (0...1_000_000_000).contains(warmup) else { throw ValidationError("--warmup must be at least 0") }
    guard schedule == .step || (decayEvery == nil && decayRate == nil) else {
      throw ValidationError("--decay-every and --decay-rate are for --schedule step")
    }
    guard schedule != .step || (1...1_000_000_000).contains(decayEvery ?? 0) else {
      throw ValidationError("--schedule step needs --decay-every, the updates between two changes")
    }
    if let decayRate, !(decayRate > 0 && decayRate.isFinite) {
      throw ValidationError("--decay-rate must be positive")
    }
  }

  var value: LearningRateSchedule {
    let decay: LearningRateSchedule.Decay =
      switch schedule {
      case .constant: .constant
      case .step: .step(every: decayEvery ?? 1, rate: decayRate ?? 0.1)
      case .cosine: .cosine
      }
    return LearningRateSchedule(base: learningRate, decay, warmup: warmup)
  }

  /// For people: 0.003, cosine, after a warm-up of 10 updates.
  var summary: String {
    let change =
      switch schedule {
      case .constant: ""
      case .step: ", times \(decayRate ?? 0.1) every \(decayEvery ?? 1) updates"
      case .cosine: ", cosine"
      }
    return "\(learningRate)\(change)" + (warmup > 0 ? ", after a warm-up of \(warmup) updates" : "")
  }
}
