import OpenCL

/// Stochastic gradient descent, w ← w − learningRate · ∂loss/∂w: Kernels/sgd.cl.
public struct SGD: Sendable, Hashable {
  public var learningRate: Float

  public init(learningRate: Float) { self.learningRate = learningRate }

  func update(_ parameter: Parameter, _ kernels: KernelCatalogue) throws(OpenCLError) {
    guard let training = parameter.training else { return }
    let rows = parameter.matrix.deviceRows
    let rowsPerItem = 64
    try kernels.device.enqueue(
      kernels.kernel("sgd_update"),
      global: [(rows + rowsPerItem - 1) / rowsPerItem, parameter.matrix.blocks],
      [
        .buffer(parameter.values), .buffer(training.gradient), .buffer(training.mask), .uint(rows),
        .uint(rowsPerItem), .float(learningRate),
      ])
  }
}
