/// Mean and variance of each channel; shape [C] each.
public struct ChannelStatistics: Sendable, Equatable {
  public var mean: NDArray
  public var variance: NDArray

  public init(mean: NDArray, variance: NDArray) {
    self.mean = mean
    self.variance = variance
  }

  /// Of a batch, over all but the last axis: σ² = Σ (x − μ)² / n, without Bessel's correction.
  public init(of x: NDArray) {
    let count = Double(x.rows)
    let mean = Bias.backward(x) * (1 / count)
    let deviation = Bias.forward(x, bias: mean * -1)
    self.init(mean: mean, variance: Bias.backward(deviation * deviation) * (1 / count))
  }

  /// Keras's update of the moving statistics: moving · momentum + batch · (1 − momentum).
  public func moved(towards batch: ChannelStatistics, momentum: Double) -> ChannelStatistics {
    ChannelStatistics(
      mean: mean * momentum + batch.mean * (1 - momentum),
      variance: variance * momentum + batch.variance * (1 - momentum))
  }
}

/// `BatchNormalization`: y = gamma · x̂ + beta with x̂ = (x − μ) / √(σ² + ε), by channel.
///
/// In inference mode μ and σ² are the moving statistics, in training mode those of the batch itself.
public struct BatchNorm: Sendable {
  public let statistics: ChannelStatistics
  public let epsilon: Double
  /// Shape [C]; nil is one.
  public let gamma: NDArray?
  /// Shape [C]; nil is zero.
  public let beta: NDArray?

  public init(statistics: ChannelStatistics, epsilon: Double, gamma: NDArray?, beta: NDArray?) {
    self.statistics = statistics
    self.epsilon = epsilon
    self.gamma = gamma
    self.beta = beta
  }

  public func forward(_ x: NDArray) -> NDArray {
    let scaled = gamma.map { scale(normalized(x), by: $0) } ?? normalized(x)
    return beta.map { Bias.forward(scaled, bias: $0) } ?? scaled
  }

  /// dgamma[c] = Σ dy · x̂; the same in both modes.
  public func backwardGamma(_ dy: NDArray, x: NDArray) -> NDArray { Bias.backward(dy * normalized(x)) }

  /// dbeta[c] = Σ dy; the same in both modes.
  public func backwardBeta(_ dy: NDArray) -> NDArray { Bias.backward(dy) }

  /// Inference mode, where μ and σ² do not depend on x: dx = dy · gamma / √(σ² + ε).
  public func backwardData(_ dy: NDArray) -> NDArray { scale(dy, by: slope) }

  /// Training mode, where they do: dx = gamma / √(σ² + ε) · (dy − mean(dy) − x̂ · mean(dy · x̂)).
  ///
  /// Ioffe and Szegedy, "Batch normalization", 2015, section 3.
  public func backwardDataOfTraining(_ dy: NDArray, x: NDArray) -> NDArray {
    let meanOf = { (sum: NDArray) in sum * (-1 / Double(x.rows)) }
    let xHat = normalized(x)
    let centred = Bias.forward(dy, bias: meanOf(backwardBeta(dy)))
    return scale(centred + scale(xHat, by: meanOf(backwardGamma(dy, x: x))), by: slope)
  }

  private var inverseDeviation: NDArray { statistics.variance.map { 1 / ($0 + epsilon).squareRoot() } }
  private var slope: NDArray { gamma.map { $0 * inverseDeviation } ?? inverseDeviation }

  private func normalized(_ x: NDArray) -> NDArray {
    scale(Bias.forward(x, bias: statistics.mean * -1), by: inverseDeviation)
  }

  /// x[…, c] · factor[c]
  private func scale(_ x: NDArray, by factor: NDArray) -> NDArray {
    var y = x
    for index in y.elements.indices { y.elements[index] *= factor.elements[index % x.channels] }
    return y
  }
}
