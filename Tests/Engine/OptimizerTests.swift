import Engine
import Foundation
import ModelGraph
import OpenCL
import SelfTest
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
