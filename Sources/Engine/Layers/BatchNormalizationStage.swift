import ModelGraph
import OpenCL

/// A batch-norm in training mode, and the ReLU after it: Kernels/batch_normalization.cl.
///
/// In a training step mean and variance are those of the whole batch, and the moving statistics follow them; in
/// inference the moving statistics normalize.
final class BatchNormalizationStage: StageOperation {
  private let stage: Stage
  private let settings: BatchNormalization
  private let kernels: KernelCatalogue
  private let passesGradientOn: Bool
  private let gamma: ChannelValues
  private let beta: ChannelValues
  private let movingMean: Parameter
  private let movingVariance: Parameter
  private let sums: ChannelSums
  /// Of the batch of the last training step.
  private let mean: Buffer
  private let variance: Buffer
  /// 1 / √(variance + epsilon), and gamma times that.
  private let inverse: Buffer
  private let scale: Buffer

  /// Gamma or beta: the layer's weight, or a constant where it has none.
  private struct ChannelValues {
    let parameter: Parameter?
    let values: Buffer
    let gradient: Buffer
  }

  var parameters: [Parameter] {
    [gamma.parameter, beta.parameter].compactMap { $0 }.filter { $0.training != nil }
  }
  var statistics: [Parameter] { [movingMean, movingVariance] }
  /// Mean and variance, output.
  var forwardPasses: Int { 2 }
  /// Sums of the gradient, gradient of the input.
  var backwardPasses: Int { passesGradientOn ? 2 : 1 }

  /// - Parameter microBatch: The most images of one pass.
  init(
    _ stage: Stage, _ settings: BatchNormalization, of pack: Pack, _ kernels: KernelCatalogue,
    microBatch: Int, passesGradientOn: Bool
  ) throws {
    let shape = stage.outputShape
    let matrix = BlockedMatrix(rows: 1, channels: shape.channels)
    let layer = pack.graph.layers[stage.layer].name
    func parameter(_ name: WeightName) throws -> Parameter {
      try Parameter(WeightID(layer: layer, name: name), of: pack, matrix, kernels.device)
    }
    func values(_ name: WeightName, exists: Bool, constant: Float) throws -> ChannelValues {
      let parameter = exists ? try parameter(name) : nil
      let constants = [Float](repeating: constant, count: shape.channels)
      let values = try Buffer(
        kernels.device, floats: constants.withUnsafeBufferPointer { matrix.blocked($0) })
      let gradient = try Buffer(kernels.device, count: matrix.count)
      return ChannelValues(
        parameter: parameter, values: parameter?.values ?? values,
        gradient: parameter?.training?.gradient ?? gradient)
    }
    func vector() throws -> Buffer { try Buffer(kernels.device, count: matrix.count) }
    self.stage = stage
    self.settings = settings
    self.kernels = kernels
    self.passesGradientOn = passesGradientOn
    gamma = try values(.gamma, exists: settings.scale, constant: 1)
    beta = try values(.beta, exists: settings.center, constant: 0)
    movingMean = try parameter(.movingMean)
    movingVariance = try parameter(.movingVariance)
    sums = try ChannelSums(shape, microBatch: microBatch, kernels)
    mean = try vector()
    variance = try vector()
    inverse = try vector()
    scale = try vector()
  }

  func forward(_ pass: ForwardPass, to output: Buffer) throws(OpenCLError) {
    guard case .training(let part) = pass.mode else {
      try prepareScale(movingVariance.values)
      return try normalize(pass, around: movingMean.values, to: output)
    }
    guard pass.number == 0 else { return try normalize(pass, around: mean, to: output) }
    try sums.moments(pass.input, of: part, mean: mean, deviations: variance)
    if part.isLast {
      try finishStatistics(part)
      try prepareScale(variance)
    }
  }

  func backward(_ pass: BackwardPass, to inputGradient: Buffer?) throws(OpenCLError) {
    if pass.number == 0 {
      try sums.gradients(
        pass, normalization, low: stage.low, high: stage.high, dbeta: beta.gradient, dgamma: gamma.gradient)
    } else if inputGradient != nil {
      let pixels = pass.images * stage.outputShape.pixels
      let perItem = kernels.streamedPixels
      try kernels.enqueue(
        "batch_normalization_backward_data",
        groups: [(pixels + perItem - 1) / perItem, stage.outputShape.blocks],
        [.buffer(pass.input), .buffer(pass.outputGradient)] + normalization
          + [
            .buffer(beta.gradient), .buffer(gamma.gradient), .uint(pixels), .uint(perItem),
            .float(pixelsOfBatch(pass.part)), .float(stage.low), .float(stage.high),
          ])
    }
  }

  private func pixelsOfBatch(_ part: MicroBatch) -> Float {
    Float(part.batchImages * stage.outputShape.pixels)
  }

  /// What a backward pass normalizes with: mean, inverse, scale, beta.
  private var normalization: [KernelArgument] {
    [.buffer(mean), .buffer(inverse), .buffer(scale), .buffer(beta.values)]
  }

  private func finishStatistics(_ part: MicroBatch) throws(OpenCLError) {
    try kernels.enqueue(
      "batch_normalization_statistics", groups: [stage.outputShape.blocks],
      [
        .buffer(mean), .buffer(variance), .buffer(movingMean.values), .buffer(movingVariance.values),
        .float(pixelsOfBatch(part)), .float(Float(settings.momentum)), .float(Float(1 - settings.momentum)),
      ])
  }

  private func prepareScale(_ variance: Buffer) throws(OpenCLError) {
    try kernels.enqueue(
      "batch_normalization_scale", groups: [stage.outputShape.blocks],
      [
        .buffer(variance), .buffer(gamma.values), .buffer(inverse), .buffer(scale),
        .float(Float(settings.epsilon)),
      ])
  }

  private func normalize(_ pass: ForwardPass, around mean: Buffer, to output: Buffer) throws(OpenCLError) {
    let pixels = pass.images * stage.outputShape.pixels
    let perItem = kernels.streamedPixels
    try kernels.enqueue(
      "batch_normalization_forward", groups: [(pixels + perItem - 1) / perItem, stage.outputShape.blocks],
      [
        .buffer(pass.input), .buffer(mean), .buffer(scale), .buffer(beta.values), .buffer(output),
        .uint(pixels), .uint(perItem), .float(stage.low), .float(stage.high),
      ])
  }
}
