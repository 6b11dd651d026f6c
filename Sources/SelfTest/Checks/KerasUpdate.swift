package import Engine
import Glibc
package import ModelGraph

/// One weight under an optimizer, element by element in double precision, as `keras.optimizers` has it.
package struct KerasUpdate {
  package let start: [Double]
  package private(set) var weights: [Double]
  /// What is remembered of each element: momentums, mean squares.
  package private(set) var first: [Double]
  package private(set) var second: [Double]
  private let isTrained: [Bool]
  private let optimizer: Optimizer
  private var iterations = 0

  package init(_ optimizer: Optimizer, of tensor: Tensor, _ channels: ChannelMask) {
    self.optimizer = optimizer
    start = tensor.floats.map(Double.init)
    weights = start
    first = start.map { _ in 0 }
    second = first
    let count = tensor.shape.last ?? 1
    isTrained = start.indices.map { index in
      guard case .channels(let ranges) = channels else { return true }
      return ranges.contains { $0.contains(index % count) }
    }
  }

  /// The gradient, zero where nothing is trained: the device has one for every channel of a block.
  package func trained(_ gradient: Tensor?) -> [Double] {
    zip(gradient?.floats ?? [], isTrained).map { $1 ? Double($0) : 0 }
  }

  /// - Parameter globalNorm: Of the gradients of all weights as one vector.
  package mutating func step(_ gradient: [Double], globalNorm: Double, rate: Double) {
    iterations += 1
    let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    for index in gradient.indices where isTrained[index] {
      weights[index] -= weights[index] * Double(optimizer.weightDecay) * rate
      weights[index] += move(index, clipped(gradient[index], norm: norm, globalNorm: globalNorm), rate)
    }
  }

  private func clipped(_ element: Double, norm: Double, globalNorm: Double) -> Double {
    switch optimizer.clipping {
    case nil: element
    case .value(let limit): min(max(element, -Double(limit)), Double(limit))
    case .norm(let limit): element * min(1, Double(limit) / norm)
    case .globalNorm(let limit): element * min(1, Double(limit) / globalNorm)
    }
  }

  private mutating func move(_ index: Int, _ g: Double, _ rate: Double) -> Double {
    switch optimizer.rule {
    case .sgd(let momentum, let nesterov):
      first[index] = Double(momentum) * first[index] - rate * g
      return nesterov ? Double(momentum) * first[index] - rate * g : first[index]
    case .adam(let beta1, let beta2, let epsilon):
      first[index] += (g - first[index]) * (1 - beta1)
      second[index] += (g * g - second[index]) * (1 - beta2)
      let alpha =
        rate * (1 - pow(beta2, Double(iterations))).squareRoot() / (1 - pow(beta1, Double(iterations)))
      return -alpha * first[index] / (second[index].squareRoot() + Double(epsilon))
    case .rmsprop(let rho, let momentum, let epsilon):
      second[index] = rho * second[index] + (1 - rho) * g * g
      first[index] =
        Double(momentum) * first[index] + rate * g / (second[index] + Double(epsilon)).squareRoot()
      return -first[index]
    }
  }
}
