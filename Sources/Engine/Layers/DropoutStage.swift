import ModelGraph
import OpenCL

/// Dropout: Kernels/dropout.cl. In inference it lets all through.
final class DropoutStage: StageOperation {
  private let stage: Stage
  private let rate: Double
  private let kernels: KernelCatalogue

  init(_ stage: Stage, rate: Double, _ kernels: KernelCatalogue) {
    self.stage = stage
    self.rate = rate
    self.kernels = kernels
  }

  func forward(_ pass: ForwardPass, to output: Buffer) throws(OpenCLError) {
    switch pass.mode {
    case .inference:
      try kernels.device.copy(pass.input, to: output, count: pass.images * stage.outputShape.floatsPerImage)
    case .training(let part):
      try drop(pass.input, to: output, part)
    }
  }

  /// The gradient passes where the value passed: the draw is the same.
  func backward(_ pass: BackwardPass, to inputGradient: Buffer?) throws(OpenCLError) {
    guard let inputGradient else { return }
    try drop(pass.outputGradient, to: inputGradient, pass.part)
  }

  /// From which the draws of a layer in a step follow; `step` is that of its micro-batches.
  static func key(step: UInt64, layer: Int) -> UInt32 {
    var generator = SplitMix64(seed: step &+ UInt64(layer))
    return UInt32(truncatingIfNeeded: generator.next() >> 32)
  }

  private func drop(_ x: Buffer, to y: Buffer, _ part: MicroBatch) throws(OpenCLError) {
    let key = DropoutStage.key(step: part.dropoutKey, layer: stage.layer)
    // Keras takes rates up to 1; there nothing is left.
    let threshold = Int(min(rate * 4_294_967_296, 4_294_967_295))
    try kernels.enqueue(
      "dropout", groups: [part.images, stage.outputShape.blocks],
      [
        .buffer(x), .buffer(y), .uint(part.images), .uint(part.first), .uint(stage.outputShape.pixels),
        .uint(stage.outputShape.channels), .uint(Int(key)), .uint(threshold),
        .float(rate < 1 ? Float(1 / (1 - rate)) : 0),
      ])
  }
}
