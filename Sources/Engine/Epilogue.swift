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
  /// The bias, where it is trained; `shift` is then its values.
  let bias: Parameter?

  private let kernels: KernelCatalogue
  private let shape: ActivationShape

  init(_ stage: Stage, of pack: Pack, _ kernels: KernelCatalogue) throws {
    let layer = pack.graph.layers[stage.layer]
    let channels = stage.outputShape.channels
    let biasID = WeightID(layer: layer.name, name: .bias)
    var scale = [Double](repeating: 1, count: channels)
    var shift = [Double](repeating: 0, count: channels)
    if let normalization = stage.normalization {
      try Epilogue.requireInferenceMode(pack, normalization)
      let affine = try pack.graph.affine(ofNormalization: normalization, pack.weights)
      scale = affine.scale
      shift = affine.shift
    }
    if let bias = pack.weights[biasID] {
      for (channel, value) in bias.floats.enumerated() { shift[channel] += scale[channel] * Double(value) }
    }
    if pack.foldedLayers.contains(layer.name) { scale = [Double](repeating: 1, count: channels) }
    if pack.mask[biasID] != .frozen {
      guard stage.normalization == nil else {
        throw EngineError.cannotTrain(
          biasID, why: "a batch-norm follows it; train the batch-norm's beta in its place")
      }
      let bias = try Parameter(biasID, of: pack, BlockedMatrix(rows: 1, channels: channels), kernels.device)
      self.bias = bias
      self.shift = bias.values
    } else {
      self.bias = nil
      self.shift = try Buffer(kernels.device, floats: Epilogue.padded(shift))
    }
    self.scale = try Buffer(kernels.device, floats: Epilogue.padded(scale))
    self.low = stage.low
    self.high = stage.high
    self.kernels = kernels
    self.shape = stage.outputShape
  }

  /// Turns the gradient of y into that of z, in place, and computes the bias's.
  func backward(_ pass: BackwardPass) throws(OpenCLError) {
    let pixels = pass.images * shape.pixels
    let pixelsPerItem = 1024
    try kernels.device.enqueue(
      kernels.kernel("activation_backward"),
      global: [(pixels + pixelsPerItem - 1) / pixelsPerItem, shape.blocks],
      [
        .buffer(pass.output), .buffer(pass.outputGradient), .buffer(scale), .uint(pixels),
        .uint(pixelsPerItem),
        .float(low), .float(high),
      ])
    guard let training = bias?.training else { return }
    try kernels.device.enqueue(
      kernels.kernel("bias_backward"), global: [shape.blocks],
      [.buffer(pass.outputGradient), .buffer(training.gradient), .uint(pixels)])
  }

  private static func requireInferenceMode(_ pack: Pack, _ normalization: Int) throws(EngineError) {
    let name = pack.graph.layers[normalization].name
    for spec in pack.graph.weightSpecs[normalization] {
      let id = WeightID(layer: name, name: spec.name)
      guard pack.mask[id] == .frozen else {
        throw .cannotTrain(id, why: "batch-norm runs in inference mode only; freeze it with '-\(name)'")
      }
    }
  }

  private static func padded(_ values: [Double]) -> [Float] {
    let count = ActivationShape.blocks(of: values.count) * ActivationShape.block
    return values.map { Float($0) } + [Float](repeating: 0, count: count - values.count)
  }
}
