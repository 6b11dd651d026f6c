/// Which of the validation figures decides what is best.
public enum Monitor: String, Sendable, Hashable, Codable, CaseIterable {
  case loss
  case accuracy

  func figure(of metrics: EpochMetrics) -> Double? {
    switch self {
    case .loss: metrics.validationLoss
    case .accuracy: metrics.validationAccuracy
    }
  }

  /// Whether `figure` is strictly better; what is not a number never is.
  func isBetter(_ figure: Double, than best: Double?) -> Bool {
    guard let best else { return !figure.isNaN }
    return self == .loss ? figure < best : figure > best
  }
}

/// Keras's `EarlyStopping`: waits for the validation to improve, epoch by epoch.
///
/// The evaluation before training does not count. Of equally good epochs the earliest is the best.
struct ValidationWatch: Sendable, Hashable, Codable {
  let monitor: Monitor
  /// Epochs in a row without improvement after which the run ends; nil for never.
  let patience: Int?
  private(set) var bestEpoch: Int?
  private var best: Double?
  private var waited = 0

  init(_ monitor: Monitor, patience: Int?) {
    self.monitor = monitor
    self.patience = patience
  }

  /// - Returns: Whether the epoch is the best so far.
  mutating func see(_ metrics: EpochMetrics) -> Bool {
    waited += 1
    guard let figure = monitor.figure(of: metrics), monitor.isBetter(figure, than: best) else { return false }
    best = figure
    bestEpoch = metrics.epoch
    waited = 0
    return true
  }

  /// Whether it has waited long enough. A first epoch that is not followed by another does not stop a run.
  func isOver(after epoch: Int) -> Bool {
    guard let patience else { return false }
    return waited > 0 && waited >= patience && epoch > 1
  }
}
