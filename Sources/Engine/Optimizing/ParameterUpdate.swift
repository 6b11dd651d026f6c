import Glibc
import ModelGraph
import OpenCL

/// Runs an optimizer over the parameters of a network: Kernels/optimizers.cl.
final class ParameterUpdate {
  private static let rowsPerItem = 64

  private let optimizer: Optimizer
  private let kernels: KernelCatalogue
  private let parameters: [(parameter: Parameter, training: Parameter.Training, slots: [Buffer])]
  /// Sums of squares, a block each; nil where nothing asks for norms.
  private let norms: Buffer?
  /// Updates so far: Keras's `iterations`.
  private(set) var iterations = 0

  init(_ optimizer: Optimizer, _ parameters: [Parameter], _ kernels: KernelCatalogue) throws(OpenCLError) {
    var rows: [(Parameter, Parameter.Training, [Buffer])] = []
    for parameter in parameters {
      guard let training = parameter.training else { continue }
      var slots: [Buffer] = []
      for _ in 0..<optimizer.rule.slotCount {
        slots.append(try Buffer(kernels.device, count: parameter.matrix.count))
      }
      rows.append((parameter, training, slots))
    }
    self.optimizer = optimizer
    self.kernels = kernels
    self.parameters = rows
    norms =
      switch optimizer.clipping {
      case nil, .value: nil
      case .norm, .globalNorm: try Buffer(kernels.device, count: rows.map(\.1.blockCount).max() ?? 1)
      }
  }

  /// One update of every parameter, by the gradients that are there.
  func update(learningRate: Double) throws(OpenCLError) {
    let factors = try clippingFactors()
    for (row, factor) in zip(parameters, factors) { try update(row, factor, learningRate) }
    iterations += 1
  }

  private func update(
    _ row: (parameter: Parameter, training: Parameter.Training, slots: [Buffer]), _ factor: Double,
    _ rate: Double
  ) throws(OpenCLError) {
    let rows = row.parameter.matrix.deviceRows
    let perItem = ParameterUpdate.rowsPerItem
    let limit = if case .value(let limit) = optimizer.clipping { limit } else { Float.infinity }
    let operands = [.buffer(row.parameter.values)] + row.slots.map { KernelArgument.buffer($0) }
    let common: [KernelArgument] = [
      .buffer(row.training.gradient), .buffer(row.training.mask), .buffer(row.training.blocks), .uint(rows),
      .uint(perItem), .float(Float(rate)), .float(Float(Double(optimizer.weightDecay) * rate)),
      .float(Float(factor)), .float(limit),
    ]
    let (name, rest) = rule(rate)
    try kernels.enqueue(
      name, groups: [(rows + perItem - 1) / perItem, row.training.blockCount],
      operands + common + rest)
  }

  /// The kernel of the rule, and the arguments that are its own.
  private func rule(_ rate: Double) -> (kernel: String, arguments: [KernelArgument]) {
    switch optimizer.rule {
    case .sgd(momentum: 0, _): return ("sgd_update", [])
    case .sgd(let momentum, let nesterov):
      return ("sgd_momentum_update", [.float(momentum), .uint(nesterov ? 1 : 0)])
    case .adam(let beta1, let beta2, let epsilon):
      let step = Double(iterations + 1)
      let alpha = rate * (1 - pow(beta2, step)).squareRoot() / (1 - pow(beta1, step))
      return (
        "adam_update",
        [.float(Float(1 - beta1)), .float(Float(1 - beta2)), .float(Float(alpha)), .float(epsilon)]
      )
    case .rmsprop(let rho, let momentum, let epsilon):
      return (
        "rmsprop_update", [.float(Float(rho)), .float(Float(1 - rho)), .float(momentum), .float(epsilon)]
      )
    }
  }

  /// By what each parameter's gradient is multiplied to bring its norm within the limit.
  private func clippingFactors() throws(OpenCLError) -> [Double] {
    switch optimizer.clipping {
    case nil, .value: return parameters.map { _ in 1 }
    case .norm(let limit):
      return try squaredNorms().map { Double(limit) / max($0.squareRoot(), Double(limit)) }
    case .globalNorm(let limit):
      let norm = try squaredNorms().reduce(0, +).squareRoot()
      return parameters.map { _ in Double(limit) / max(norm, Double(limit)) }
    }
  }

  private func squaredNorms() throws(OpenCLError) -> [Double] {
    var sums: [Double] = []
    for (parameter, training, _) in parameters {
      guard let norms else { break }
      try kernels.enqueue(
        "squared_norms", groups: [training.blockCount],
        [
          .buffer(training.gradient), .buffer(training.mask), .buffer(training.blocks), .buffer(norms),
          .uint(parameter.matrix.deviceRows),
        ])
      sums.append(try norms.floats(training.blockCount).reduce(0) { $0 + Double($1) })
    }
    return sums
  }
}

extension ParameterUpdate {
  /// What the optimizer remembers.
  func state() throws(OpenCLError) -> OptimizerState {
    var slots: [WeightID: [Tensor]] = [:]
    for (parameter, _, buffers) in parameters {
      var tensors: [Tensor] = []
      for buffer in buffers { tensors.append(try parameter.tensor(buffer)) }
      slots[parameter.id] = tensors
    }
    return OptimizerState(iterations: iterations, slots: slots)
  }

  /// Whether `state` is one of this optimizer and these parameters.
  func accepts(_ state: OptimizerState) -> Bool {
    state.iterations >= 0
      && parameters.allSatisfy { parameter, _, buffers in
        let tensors = state.slots[parameter.id] ?? []
        return tensors.count == buffers.count && tensors.allSatisfy { parameter.accepts($0) }
      }
  }

  /// - Precondition: It accepts `state`.
  func restore(_ state: OptimizerState) throws(OpenCLError) {
    for (parameter, _, buffers) in parameters {
      for (tensor, buffer) in zip(state.slots[parameter.id] ?? [], buffers) {
        try parameter.write(tensor, to: buffer)
      }
    }
    iterations = state.iterations
  }
}
