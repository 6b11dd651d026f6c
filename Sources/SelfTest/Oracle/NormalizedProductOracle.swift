import ModelGraph
import Reference

/// A batch-norm in training mode, and the convolution that reads it: one behind the other, where no number of what is between
/// the two is rounded to memory.
struct NormalizedProductOracle: NormalizingOracle {
  let normalization: BatchNormalizationOracle
  let product: ProductOracle

  func forward(_ x: NDArray) -> ForwardExpectation { forward(x, normalization.forward(x).output) }

  func inference(_ x: NDArray) -> ForwardExpectation { forward(x, normalization.inference(x).output) }

  func movingStatistics(_ x: NDArray) -> [WeightID: Expected] { normalization.movingStatistics(x) }

  private func forward(_ x: NDArray, _ between: Expected) -> ForwardExpectation {
    let behind = product.forward(between.value)
    let carried = product.carried(between.bound)
    return ForwardExpectation(
      input: x, unbounded: behind.unbounded.with(carried), output: behind.output.with(carried))
  }

  func backward(_ dy: NDArray, _ forward: ForwardExpectation) -> BackwardExpectation {
    let before = normalization.forward(forward.input)
    let passed = ForwardExpectation(
      input: before.output.value, unbounded: forward.unbounded, output: forward.output)
    var result = product.backward(dy, passed, inputBound: before.output.bound)
    let first = normalization.backward(result.input.value, before, error: result.input.bound)
    result.weights.merge(first.weights) { behind, _ in behind }
    result.input = first.input
    return result
  }
}
