import Engine
import ModelGraph
import Reference

/// Checks the updates of optimizers: three of a layer's weights by one gradient.
enum OptimizerChecks {
  /// Every kernel, with and without what it can be told.
  static let optimizers = [
    Optimizer(.sgd(), weightDecay: 0.25), Optimizer(.sgd(momentum: 0.5)),
    Optimizer(.sgd(momentum: 0.5, nesterov: true), clipping: .value(0.01)), Optimizer(.adam()),
    Optimizer(.adam(beta1: 0.5, beta2: 0.75, epsilon: 0.01), weightDecay: 0.25, clipping: .norm(0.05)),
    Optimizer(.rmsprop()), Optimizer(.rmsprop(rho: 0.5, momentum: 0.75, epsilon: 0.01)),
    Optimizer(.sgd(), clipping: .globalNorm(0.05)),
  ]

  private static let rates = [0.125, 0.0625, 0.25]
  /// Of an update: a root of 3 units in the last place and quotients of 2.5, of two roundings each, and the operations
  /// between them.
  private static let roundings = 32

  /// - Parameter unit: An operation of which weights are trained.
  static func check(
    _ optimizer: Optimizer, _ unit: StageProbe.Unit, of pack: Pack, _ kernels: KernelCatalogue,
    into findings: inout Findings
  ) throws {
    var numbers = Numbers(seed: 3)
    let (input, output) = (unit.stages[0].inputShape, unit.stages[unit.stages.count - 1].outputShape)
    let run = try StageProbe(pack, kernels).run(
      unit, numbers.uniform(4 * input.pixels * input.channels),
      gradient: numbers.uniform(4 * output.pixels * output.channels), parts: [4])
    let updated = try run.update(optimizer, learningRates: rates)
    var updates = run.gradients.keys.reduce(into: [WeightID: KerasUpdate]()) { updates, id in
      updates[id] = pack.weights[id].map { KerasUpdate(optimizer, of: $0, pack.mask[id]) }
    }
    let gradients = updates.reduce(into: [WeightID: [Double]]()) { gradients, entry in
      gradients[entry.key] = entry.value.trained(run.gradients[entry.key])
    }
    let norm = gradients.values.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
    var deviation = Deviation()
    for (id, before) in updates {
      var update = before
      var reach = update.start.map { _ in 0.0 }
      for rate in rates {
        let earlier = update.weights
        update.step(gradients[id] ?? [], globalNorm: norm, rate: rate)
        // Each update rounds the weight, and how far it moves it.
        for index in reach.indices { reach[index] += abs(update.weights[index] - earlier[index]) }
      }
      updates[id] = update
      let clipping = Rounding.share(roundings: roundings + (gradients[id]?.count ?? 0))
      let rounded = Rounding.share(roundings: 2 * rates.count)
      let bound = reach.indices.map { index in
        3 * clipping * reach[index]
          + rounded * (abs(update.start[index]) + reach[index]) + Rounding.smallestNormal
      }
      deviation.add(
        updated.weights[id]?.floats ?? [],
        Expected(
          NDArray(shape: [bound.count], elements: update.weights),
          bound: NDArray(shape: [bound.count], elements: bound)))
    }
    findings.checks.append(
      Check(
        "optimizers, \(optimizer.name)", shape: "\(output.channels) channels", updated.kernels, deviation))
  }
}

extension Optimizer {
  fileprivate var name: String {
    let rule =
      switch rule {
      case .sgd(momentum: 0, _): "sgd"
      case .sgd(_, let nesterov): nesterov ? "sgd, nesterov" : "sgd, momentum"
      case .adam: "adam"
      case .rmsprop(_, let momentum, _): momentum == 0 ? "rmsprop" : "rmsprop, momentum"
      }
    let decay = weightDecay == 0 ? "" : ", weight decay"
    let clipping =
      switch clipping {
      case nil: ""
      case .value: ", clip value"
      case .norm: ", clip norm"
      case .globalNorm: ", clip global norm"
      }
    return rule + decay + clipping
  }
}
