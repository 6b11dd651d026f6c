import ModelGraph
import OpenCL

/// A batch-norm in training mode and the ReLU after it, whichever kernels apply them: its weights, the statistics that it
/// normalizes with, and its gradients. Kernels/batch_normalization.cl.
///
/// In a training step mean and variance are those of the whole batch, and the moving statistics follow them; in
/// inference the moving statistics normalize.
final class TrainedNormalization {
  private let stage: Stage
  private let settings: BatchNormalization
  private let kernels: KernelCatalogue
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

  /// - Parameters:
  ///   - stage: The batch-norm's.
  ///   - microBatch: The most images of one pass.
  init(
    _ stage: Stage, _ settings: BatchNormalization, of pack: Pack, _ kernels: KernelCatalogue, microBatch: Int
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

  /// The first pass of a training step: statistics of the whole batch, once each of its parts was given.
  private func takeStatistics(of input: Buffer, _ part: MicroBatch) throws(OpenCLError) {
    try sums.moments(input, of: part, mean: mean, deviations: variance)
    try finishStatistics(part)
  }

  /// The same from moments that the kernel forms which writes the input.
  ///
  /// - Parameters:
  ///   - pixelsPerItem: Pixels of a run, of which there are moments of their own.
  ///   - form: Queues the kernel that writes the runs' means and sums of squared deviations, [C/16, runs, 16] each.
  func takeStatistics(
    _ part: MicroBatch, pixelsPerItem: Int, _ form: ([KernelArgument]) throws(OpenCLError) -> Void
  ) throws(OpenCLError) {
    let pixels = part.images * stage.inputShape.pixels
    try form(try sums.partials((pixels + pixelsPerItem - 1) / pixelsPerItem).map { .buffer($0) })
    try sums.addMoments(of: part, pixelsPerItem: pixelsPerItem, mean: mean, deviations: variance)
    try finishStatistics(part)
  }

  private func finishStatistics(_ part: MicroBatch) throws(OpenCLError) {
    guard part.isLast else { return }
    try kernels.enqueue(
      "batch_normalization_statistics", groups: [stage.outputShape.blocks],
      [
        .buffer(mean), .buffer(variance), .buffer(movingMean.values), .buffer(movingVariance.values),
        .float(pixelsOfBatch(part)), .float(Float(settings.momentum)), .float(Float(1 - settings.momentum)),
      ])
    try prepareScale(variance)
  }

  /// Lets the operation that writes the input take the statistics.
  func follow(_ taker: any StatisticsTaker) {
    taker.following = self
    isTakenBefore = true
  }

  private var isTakenBefore = false

  /// Passes of a training step forward: the statistics, where they are taken here, and the output.
  var forwardPasses: Int { isTakenBefore ? 1 : 2 }

  /// Takes the statistics where the pass is for that.
  ///
  /// - Returns: Whether it was.
  func takesStatistics(in pass: ForwardPass) throws(OpenCLError) -> Bool {
    guard case .training(let part) = pass.mode, !isTakenBefore, pass.number == 0 else { return false }
    try takeStatistics(of: pass.input, part)
    return true
  }

  /// What a forward pass normalizes with: mean, scale, beta. In training the statistics were taken before.
  func prepared(for mode: ForwardPass.Mode) throws(OpenCLError) -> [KernelArgument] {
    switch mode {
    case .training: return [.buffer(mean), .buffer(scale), .buffer(beta.values)]
    case .inference:
      try prepareScale(movingVariance.values)
      return [.buffer(movingMean.values), .buffer(scale), .buffer(beta.values)]
    }
  }

  /// What a backward pass normalizes with: mean, inverse, scale, beta.
  var backwardOperands: [KernelArgument] {
    [.buffer(mean), .buffer(inverse), .buffer(scale), .buffer(beta.values)]
  }

  /// Where the ReLU cuts off.
  var bounds: [KernelArgument] { [.float(stage.low), .float(stage.high)] }

  /// The gradients of beta and gamma.
  func backwardSums(_ pass: BackwardPass) throws(OpenCLError) {
    try sums.gradients(
      pass, backwardOperands, low: stage.low, high: stage.high, dbeta: beta.gradient, dgamma: gamma.gradient)
  }

  /// The same from sums that a kernel forms on its way.
  ///
  /// - Parameters:
  ///   - items: Sums of each channel.
  ///   - form: Queues the kernel that writes those for beta and those for gamma, [C/16, items, 16] each.
  func backwardSums(
    _ pass: BackwardPass, items: Int, _ form: ([KernelArgument]) throws(OpenCLError) -> Void
  ) throws(OpenCLError) {
    try form(try sums.partials(items).map { .buffer($0) })
    try sums.add(0, items: items, of: pass.part, to: beta.gradient)
    try sums.add(1, items: items, of: pass.part, to: gamma.gradient)
  }

  /// Turns the gradient of the output into that of the input, in its place, once ``backwardSums(_:)`` has seen the batch.
  func backwardData(_ input: Buffer, _ gradient: Buffer, _ part: MicroBatch) throws(OpenCLError) {
    let pixels = part.images * stage.outputShape.pixels
    let perItem = kernels.streamedPixels
    try kernels.enqueue(
      "batch_normalization_backward_data",
      groups: [(pixels + perItem - 1) / perItem, stage.outputShape.blocks],
      [.buffer(input), .buffer(gradient)] + backwardOperands
        + [
          .buffer(beta.gradient), .buffer(gamma.gradient), .uint(pixels), .uint(perItem),
          .float(pixelsOfBatch(part)), .float(stage.low), .float(stage.high),
        ])
  }

  private func pixelsOfBatch(_ part: MicroBatch) -> Float {
    Float(part.batchImages * stage.outputShape.pixels)
  }

  private func prepareScale(_ variance: Buffer) throws(OpenCLError) {
    try kernels.enqueue(
      "batch_normalization_scale", groups: [stage.outputShape.blocks],
      [
        .buffer(variance), .buffer(gamma.values), .buffer(inverse), .buffer(scale),
        .float(Float(settings.epsilon)),
      ])
  }
}
