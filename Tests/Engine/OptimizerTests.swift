import Engine
import Foundation
import ModelGraph
import OpenCL
import Testing

/// Updates on the device against Keras's formulas in double precision, from the device's own gradients.
@Suite struct OptimizerTests {
  static let optimizers = [
    Optimizer(.sgd(), weightDecay: 0.25), Optimizer(.sgd(momentum: 0.5)),
    Optimizer(.sgd(momentum: 0.5, nesterov: true), clipping: .value(0.01)), Optimizer(.adam()),
    Optimizer(.adam(beta1: 0.5, beta2: 0.75, epsilon: 0.01), weightDecay: 0.25, clipping: .norm(0.05)),
    Optimizer(.rmsprop()), Optimizer(.rmsprop(rho: 0.5, momentum: 0.75, epsilon: 0.01)),
    Optimizer(.sgd(), clipping: .globalNorm(0.05)),
  ]

  private static let rate = 0.125

  @Test(arguments: optimizers, KernelFamily.allCases)
  func threeUpdatesFollowTheFormulas(_ optimizer: Optimizer, _ family: KernelFamily) throws {
    let network = OddNetwork.denseTop
    let pack = try network.pack(FreezeMask(parsing: "conv_pw_1[3:20],dense", in: network.graph()))
    var options = EngineOptions(batchSize: 4)
    options.optimizer = optimizer
    let engine = try TestDevice.engine(pack, options, family)
    let batch = Batch(pack.graph, count: 4)
    var updates: [WeightID: KerasUpdate] = [:]
    for (id, channels) in pack.mask.channels {
      updates[id] = KerasUpdate(optimizer, of: try #require(pack.weights[id]), channels)
    }
    for step in 1...3 {
      _ = try batch.step(on: engine, learningRate: Self.rate)
      let gradients = try engine.gradients()
      let squaredNorm = updates.reduce(0) { sum, entry in
        sum + squares(entry.value.trained(gradients[entry.key]))
      }
      let after = try engine.trainedWeights()
      for (id, before) in updates {
        var update = before
        update.step(update.trained(gradients[id]), globalNorm: squaredNorm.squareRoot(), rate: Self.rate)
        updates[id] = update
        let moved = squares(zip(update.weights, update.start).map { $0 - $1 }).squareRoot()
        let off = zip(try #require(after[id]).floats, update.weights).map { Double($0) - $1 }
        // Each update rounds how far it moves a weight, and then the weight.
        let allowed = 1e-5 * moved + Double(step) * 0x1p-24 * squares(update.weights).squareRoot()
        #expect(moved > 0)
        #expect(squares(off).squareRoot() < allowed, "\(id) in step \(step)")
      }
    }
  }
}

private func squares(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 } }

/// One weight under an optimizer, element by element, as `keras.optimizers` has it.
private struct KerasUpdate {
  let start: [Double]
  private(set) var weights: [Double]
  private let isTrained: [Bool]
  private let optimizer: Optimizer
  private var first: [Double]
  private var second: [Double]
  private var iterations = 0

  init(_ optimizer: Optimizer, of tensor: Tensor, _ channels: ChannelMask) {
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
  func trained(_ gradient: Tensor?) -> [Double] {
    zip(gradient?.floats ?? [], isTrained).map { $1 ? Double($0) : 0 }
  }

  mutating func step(_ gradient: [Double], globalNorm: Double, rate: Double) {
    iterations += 1
    let norm = squares(gradient).squareRoot()
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
