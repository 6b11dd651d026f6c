import ModelGraph
import Reference

/// y = clamp(scale · (x ∗ kernel + bias) + shift, low, high), and where it pools the mean of that over an image's pixels.
struct ProductOracle: StageOracle {
  let map: LinearMap
  let kernelID: WeightID
  /// As the product takes it, and in Keras's shape.
  let kernel: NDArray
  let kernelShape: Shape
  let biasID: WeightID
  let bias: [Double]?
  let scale: [Double]
  let shift: [Double]
  let low: Double
  let high: Double
  let pools: Bool

  /// Roundings of the kernel or scale, the bias, the shift and the two operations with them.
  private static let roundingsBehind = 6

  func forward(_ x: NDArray) -> ForwardExpectation {
    let biases = bias ?? [0]
    let value = map.forward(x, kernel).shifted(by: biases).scaled(by: scale).shifted(by: shift)
    let magnitude = map.forward(x.magnitudes, kernel.magnitudes).shifted(by: biases.map(abs))
      .scaled(by: scale.map(abs)).shifted(by: shift.map(abs))
    let unbounded = Expected(
      value, magnitude: magnitude, roundings: map.terms + ProductOracle.roundingsBehind)
    let output = Expected(value.map { min(max($0, low), high) }, bound: unbounded.bound)
    return ForwardExpectation(input: x, unbounded: unbounded, output: pools ? mean(output) : output)
  }

  private func mean(_ x: Expected) -> Expected {
    let magnitude = GlobalAveragePooling2D.forward(x.value.magnitudes, keepDims: true)
    return Expected(
      GlobalAveragePooling2D.forward(x.value, keepDims: true), magnitude: magnitude,
      roundings: pixels(x.value) + 2
    ).with(GlobalAveragePooling2D.forward(x.bound, keepDims: true))
  }

  private func pixels(_ x: NDArray) -> Int { x.shape[1] * x.shape[2] }

  /// How an error of the input shows in the output at most.
  func carried(_ error: NDArray) -> NDArray {
    map.forward(error, kernel.magnitudes).scaled(by: scale.map(abs))
  }

  func backward(_ dy: NDArray, _ forward: ForwardExpectation) -> BackwardExpectation {
    backward(dy, forward, inputBound: NDArray(zeros: forward.input.shape))
  }

  /// - Parameter inputBound: How far the input may be off.
  func backward(
    _ dy: NDArray, _ forward: ForwardExpectation, inputBound: NDArray
  ) -> BackwardExpectation {
    let shape = forward.unbounded.value.shape
    let spread = pools ? GlobalAveragePooling2D.backward(dy, inputShape: shape) : dy
    let passage = Passage(spread, forward.unbounded, low: low, high: high)
    let dz = passage.passed.scaled(by: scale)
    let undecided = passage.undecided.scaled(by: scale.map(abs))
    let x = forward.input
    let images = x.shape[0]
    let behind = ProductOracle.roundingsBehind
    func kernelGradient(_ dz: NDArray, _ x: NDArray) -> NDArray {
      map.backwardKernel(dz, x).reshaped(to: kernelShape)
    }
    var result = BackwardExpectation(
      input: Expected(
        map.backwardInput(dz, kernel, x.shape),
        magnitude: map.backwardInput(dz.magnitudes, kernel.magnitudes, x.shape),
        roundings: map.termsOfInput + behind
      ).with(map.backwardInput(undecided, kernel.magnitudes, x.shape)))
    result.weights[kernelID] = Expected(
      kernelGradient(dz, x), magnitude: kernelGradient(dz.magnitudes, x.magnitudes),
      roundings: images * map.termsOfKernel + behind
    ).with(kernelGradient(undecided, x.magnitudes) + kernelGradient(dz.magnitudes + undecided, inputBound))
    result.weights[biasID] = Expected(
      Bias.backward(dz), magnitude: Bias.backward(dz.magnitudes), roundings: images * pixels(dz) + behind
    ).with(Bias.backward(undecided))
    return result
  }
}
