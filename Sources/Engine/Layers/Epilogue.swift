import ModelGraph
import OpenCL

/// What follows the product of a convolution or dense layer: y = clamp(scale · z + shift, low, high) a channel.
///
/// Batch-norm in inference mode, the bias, and ReLU are such a thing. `scale` is 1 where the batch-norm is
/// folded into the kernel or there is none.
struct Epilogue {
  let scale: Buffer
  let shift: Buffer
  let low: Float
  let high: Float

  /// Whether y = z + shift, so that its gradient is that of z.
  private let isShift: Bool
  private let trainedBias: TrainedBias?
  private let kernels: KernelCatalogue
  private let shape: ActivationShape

  /// A bias that is trained: `shift` = `offset` + scale · bias follows it.
  private struct TrainedBias {
    let parameter: Parameter
    let offset: Buffer
    let sums: ChannelSums
  }

  /// The bias, where it is trained.
  var bias: Parameter? { trainedBias?.parameter }

  /// - Parameter microBatch: The most images of one pass.
  init(_ stage: Stage, of pack: Pack, _ kernels: KernelCatalogue, microBatch: Int) throws {
    let (scale, shift) = try Epilogue.scaleAndShift(of: stage, pack)
    let biasID = WeightID(layer: pack.graph.layers[stage.layer].name, name: .bias)
    let offset = try Buffer(kernels.device, floats: Epilogue.padded(shift))
    if pack.mask[biasID] != .frozen {
      let bias = try Parameter(
        biasID, of: pack, BlockedMatrix(rows: 1, channels: stage.outputShape.channels), kernels.device)
      trainedBias = TrainedBias(
        parameter: bias, offset: offset,
        sums: try ChannelSums(stage.outputShape, microBatch: microBatch, kernels))
      self.shift = try Buffer(kernels.device, count: offset.count)
    } else {
      trainedBias = nil
      self.shift = offset
    }
    self.scale = try Buffer(kernels.device, floats: Epilogue.padded(scale))
    isShift = stage.low == -.infinity && stage.high == .infinity && scale.allSatisfy { $0 == 1 }
    self.low = stage.low
    self.high = stage.high
    self.kernels = kernels
    self.shape = stage.outputShape
  }

  /// For a product's kernel.
  var ending: PointwiseProduct.Ending {
    PointwiseProduct.Ending(scale: scale, shift: shift, low: low, high: high)
  }

  /// Brings `shift` up to date, before the forward pass.
  func prepare() throws(OpenCLError) {
    guard let trainedBias else { return }
    try kernels.enqueue(
      "epilogue_shift", groups: [shape.blocks],
      [
        .buffer(trainedBias.offset), .buffer(scale), .buffer(trainedBias.parameter.values), .buffer(shift),
      ])
  }

  /// Turns the gradient of y into that of z, in place, and computes the bias's: they are the same, summed over pixels.
  func backward(_ pass: BackwardPass) throws(OpenCLError) {
    if !isShift { try activationBackward(pass) }
    guard let trainedBias, let training = trainedBias.parameter.training else { return }
    try trainedBias.sums.sum(pass.outputGradient, of: pass.part, into: training.gradient)
  }

  private func activationBackward(_ pass: BackwardPass) throws(OpenCLError) {
    let pixels = pass.images * shape.pixels
    let perItem = kernels.streamedPixels
    try kernels.enqueue(
      "activation_backward", groups: [(pixels + perItem - 1) / perItem, shape.blocks],
      [
        .buffer(pass.output), .buffer(pass.outputGradient), .buffer(scale), .uint(pixels), .uint(perItem),
        .float(low), .float(high),
      ])
  }

  /// The scale and then the shift of a stage of which nothing is trained, as the device has them.
  static func frozenFloats(of stage: Stage, _ pack: Pack) throws -> [Float] {
    let (scale, shift) = try scaleAndShift(of: stage, pack)
    return padded(scale) + padded(shift)
  }

  /// A number a channel. The bias is in the shift, unless it is trained.
  private static func scaleAndShift(of stage: Stage, _ pack: Pack) throws -> (
    scale: [Double], shift: [Double]
  ) {
    let layer = pack.graph.layers[stage.layer]
    let channels = stage.outputShape.channels
    let biasID = WeightID(layer: layer.name, name: .bias)
    var scale = [Double](repeating: 1, count: channels)
    var shift = [Double](repeating: 0, count: channels)
    if let normalization = stage.normalization {
      let affine = try pack.graph.affine(ofNormalization: normalization, pack.weights)
      scale = affine.scale
      shift = affine.shift
    }
    if let bias = pack.weights[biasID], pack.mask[biasID] == .frozen {
      for (channel, value) in bias.floats.enumerated() { shift[channel] += scale[channel] * Double(value) }
    }
    if pack.foldedLayers.contains(layer.name) { scale = [Double](repeating: 1, count: channels) }
    return (scale, shift)
  }

  private static func padded(_ values: [Double]) -> [Float] {
    let count = ActivationShape.blocks(of: values.count) * ActivationShape.block
    return values.map { Float($0) } + [Float](repeating: 0, count: count - values.count)
  }
}
