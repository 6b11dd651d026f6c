import ModelGraph
import Reference

/// A batch-norm in training mode and the ReLU after it: y = clamp(gamma · x̂ + beta), x̂ = (x − mean) / √(variance + ε).
struct BatchNormalizationOracle: NormalizingOracle {
  let layer: String
  let settings: BatchNormalization
  let weights: Weights
  let low: Double
  let high: Double

  /// Roundings of a reciprocal square root as OpenCL allows them: 3 units in the last place of the root and 2.5 of the
  /// quotient, of two roundings each, and that of the sum under the root.
  private static let roundingsOfInverse = 12

  private func vector(_ name: WeightName, or constant: Double, _ channels: Int) -> [Double] {
    weights[WeightID(layer: layer, name: name)]?.floats.map(Double.init)
      ?? [Double](repeating: constant, count: channels)
  }

  /// Mean and variance of a batch, 1 / √(variance + ε), and how far each may be off.
  private struct Statistics {
    let mean: Expected
    let variance: Expected
    let inverse: Expected
  }

  private func statistics(_ x: NDArray) -> Statistics {
    let batch = ChannelStatistics(of: x)
    let pixels = x.elements.count / batch.mean.elements.count
    let mean = Expected(
      batch.mean, magnitude: ChannelStatistics(of: x.magnitudes).mean, roundings: pixels + 4)
    // A mean that is off moves each deviation.
    let deviations = x.magnitudes.shifted(by: batch.mean.elements.map(abs))
    let squares = ChannelStatistics(of: deviations * deviations).mean
    let variance = Expected(batch.variance, magnitude: squares, roundings: pixels + 8)
    return Statistics(mean: mean, variance: variance, inverse: inverse(of: variance))
  }

  private func inverse(of variance: Expected) -> Expected {
    let value = variance.value.map { 1 / ($0 + settings.epsilon).squareRoot() }
    let slope = value * value * value * 0.5
    return Expected(value, magnitude: value, roundings: BatchNormalizationOracle.roundingsOfInverse)
      .with(slope * variance.bound)
  }

  /// x̂, from the statistics that are given.
  private func normalized(_ x: NDArray, _ mean: Expected, _ inverse: Expected) -> Expected {
    let centred = x.shifted(by: mean.value.elements.map { -$0 })
    let magnitude = x.magnitudes.shifted(by: mean.value.elements.map(abs))
      .scaled(by: inverse.value.elements)
    let off = centred.magnitudes.scaled(by: inverse.bound.elements)
      .shifted(by: (mean.bound * inverse.value).elements)
    return Expected(centred.scaled(by: inverse.value.elements), magnitude: magnitude, roundings: 3).with(off)
  }

  func forward(_ x: NDArray) -> ForwardExpectation {
    let statistics = statistics(x)
    return forward(x, statistics.mean, statistics.inverse)
  }

  func inference(_ x: NDArray) -> ForwardExpectation {
    let channels = x.shape[x.shape.count - 1]
    func exact(_ name: WeightName) -> Expected {
      Expected(exact: NDArray(shape: [channels], elements: vector(name, or: 0, channels)))
    }
    return forward(x, exact(.movingMean), inverse(of: exact(.movingVariance)))
  }

  private func forward(_ x: NDArray, _ mean: Expected, _ inverse: Expected) -> ForwardExpectation {
    let channels = x.shape[x.shape.count - 1]
    let gamma = vector(.gamma, or: 1, channels)
    let beta = vector(.beta, or: 0, channels)
    let xHat = normalized(x, mean, inverse)
    let value = xHat.value.scaled(by: gamma).shifted(by: beta)
    let magnitude = xHat.value.magnitudes.scaled(by: gamma.map(abs)).shifted(by: beta.map(abs))
    let unbounded = Expected(value, magnitude: magnitude, roundings: 4)
      .with(xHat.bound.scaled(by: gamma.map(abs)))
    let output = Expected(value.map { min(max($0, low), high) }, bound: unbounded.bound)
    return ForwardExpectation(input: x, unbounded: unbounded, output: output)
  }

  func movingStatistics(_ x: NDArray) -> [WeightID: Expected] {
    let batch = statistics(x)
    let channels = x.shape[x.shape.count - 1]
    func moved(_ name: WeightName, _ now: Expected) -> Expected {
      let before = NDArray(shape: [channels], elements: vector(name, or: 0, channels))
      let kept = settings.momentum
      return Expected(
        before * kept + now.value * (1 - kept),
        magnitude: before.magnitudes * kept + now.value.magnitudes * (1 - kept), roundings: 4
      ).with(now.bound * (1 - kept))
    }
    return [
      WeightID(layer: layer, name: .movingMean): moved(.movingMean, batch.mean),
      WeightID(layer: layer, name: .movingVariance): moved(.movingVariance, batch.variance),
    ]
  }

  func backward(_ dy: NDArray, _ forward: ForwardExpectation) -> BackwardExpectation {
    backward(dy, forward, error: NDArray(zeros: dy.shape))
  }

  /// - Parameter error: How far the gradient of the output may be off.
  func backward(_ dy: NDArray, _ forward: ForwardExpectation, error: NDArray) -> BackwardExpectation {
    let x = forward.input
    let channels = x.shape[x.shape.count - 1]
    let pixels = x.elements.count / channels
    let statistics = statistics(x)
    let xHat = normalized(x, statistics.mean, statistics.inverse)
    let passage = Passage(dy, forward.unbounded, low: low, high: high)
    let (dn, undecided) = (passage.passed, passage.undecided + error)
    let dbeta = Expected(
      Bias.backward(dn), magnitude: Bias.backward(dn.magnitudes), roundings: pixels + 2
    ).with(Bias.backward(undecided))
    let dgamma = Expected(
      Bias.backward(dn * xHat.value), magnitude: Bias.backward(dn.magnitudes * xHat.value.magnitudes),
      roundings: pixels + 4
    ).with(
      Bias.backward(dn.magnitudes * xHat.bound)
        + Bias.backward(undecided * (xHat.value.magnitudes + xHat.bound)))
    return BackwardExpectation(
      weights: [
        WeightID(layer: layer, name: .gamma): dgamma, WeightID(layer: layer, name: .beta): dbeta,
      ],
      input: input(dn, undecided, xHat, dbeta, dgamma, statistics.inverse, pixels: pixels))
  }

  /// dx = gamma · inverse · (dn − dbeta / P − x̂ · dgamma / P)
  private func input(
    _ dn: NDArray, _ undecided: NDArray, _ xHat: Expected, _ dbeta: Expected, _ dgamma: Expected,
    _ inverse: Expected, pixels: Int
  ) -> Expected {
    let gamma = vector(.gamma, or: 1, dbeta.value.elements.count)
    let share = 1 / Double(pixels)
    let (meanBeta, meanGamma) = (dbeta.value * share, dgamma.value * share)
    let scale = zip(gamma, inverse.value.elements).map { $0 * $1 }
    let inner =
      dn.shifted(by: meanBeta.elements.map { -$0 })
      - xHat.value.scaled(by: meanGamma.elements)
    let magnitude =
      dn.magnitudes.shifted(by: meanBeta.elements.map(abs))
      + xHat.value.magnitudes.scaled(by: meanGamma.elements.map(abs))
    let off =
      undecided.shifted(by: (dbeta.bound * share).elements)
      + xHat.bound.scaled(by: meanGamma.elements.map(abs))
      + xHat.value.magnitudes.scaled(by: (dgamma.bound * share).elements)
    return Expected(
      inner.scaled(by: scale), magnitude: magnitude.scaled(by: scale.map(abs)), roundings: 8
    ).with(
      off.scaled(by: scale.map(abs))
        + inner.magnitudes.scaled(by: zip(gamma, inverse.bound.elements).map { abs($0) * $1 }))
  }
}
