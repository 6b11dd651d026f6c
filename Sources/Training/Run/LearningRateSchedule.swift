import Glibc

/// The learning rate of each update of a run; updates count from 0, as Keras's `iterations`.
public struct LearningRateSchedule: Sendable, Hashable, Codable {
  public enum Decay: Sendable, Hashable, Codable {
    case constant
    /// Keras's `ExponentialDecay` with `staircase`: base · rate ^ ⌊step / every⌋.
    case step(every: Int, rate: Double)
    /// Keras's `CosineDecay` over all updates of the run that follow the warm-up:
    /// base · (1 + cos(π · step / steps)) / 2. Loshchilov and Hutter, "SGDR", 2017.
    case cosine
  }

  public var base: Double
  public var decay: Decay
  /// Updates in which the rate grows linearly from 0 to `base`, before it decays.
  public var warmup: Int

  public init(base: Double, _ decay: Decay = .constant, warmup: Int = 0) {
    self.base = base
    self.decay = decay
    self.warmup = warmup
  }

  /// - Parameter total: Updates of the whole run.
  public func rate(at update: Int, of total: Int) -> Double {
    guard update >= warmup else { return base * (Double(update) / Double(warmup)) }
    let step = update - warmup
    switch decay {
    case .constant: return base
    case .step(let every, let rate): return base * pow(rate, Double(step / every))
    case .cosine:
      let steps = max(total - warmup, 1)
      return base * 0.5 * (1 + cos(.pi * Double(min(step, steps)) / Double(steps)))
    }
  }
}
