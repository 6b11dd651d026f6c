import ModelGraph
import OpenCL

/// A 1×1 convolution, or a dense layer: pointwise_conv2d.cl in Kernels/cpu and Kernels/gpu.
final class PointwiseStage: StageOperation {
  private let stage: Stage
  private let kernel: Parameter
  private let product: PointwiseProduct
  private let filter: PointwiseFilterGradient
  private let transposed: TransposedKernel?
  private let epilogue: Epilogue

  var parameters: [Parameter] { [kernel, epilogue.bias].compactMap { $0 }.filter { $0.training != nil } }

  /// - Parameter passesGradientOn: Whether a stage before this one is trained.
  init(
    _ stage: Stage, of pack: Pack, _ kernels: KernelCatalogue, microBatch: Int, passesGradientOn: Bool
  ) throws {
    self.stage = stage
    // What transposes a kernel takes floats.
    kernel = try PointwiseStage.kernel(
      of: stage, pack, kernels.device, mayBeHalf: kernels.readHalves && !passesGradientOn)
    product = PointwiseProduct(
      inBlocks: stage.inputShape.blocks, outBlocks: stage.outputShape.blocks, kernels: kernels)
    filter = PointwiseFilterGradient(kernel, inBlocks: stage.inputShape.blocks, kernels)
    transposed = passesGradientOn ? try TransposedKernel(kernel, of: stage, kernels) : nil
    epilogue = try Epilogue(stage, of: pack, kernels, microBatch: microBatch)
  }

  /// - Parameter mayBeHalf: Whether the device may have it as halves, which the kernels for GPUs read.
  static func kernel(
    of stage: Stage, _ pack: Pack, _ device: Device, mayBeHalf: Bool = false
  ) throws -> Parameter {
    try Parameter(id(of: stage, pack), of: pack, matrix(of: stage), device, mayBeHalf: mayBeHalf)
  }

  /// A kernel that is not trained, as the device has it.
  static func blockedKernel(of stage: Stage, _ pack: Pack) throws -> [Float] {
    try pack.blocked(id(of: stage, pack), matrix(of: stage))
  }

  private static func id(of stage: Stage, _ pack: Pack) -> WeightID {
    WeightID(layer: pack.graph.layers[stage.layer].name, name: .kernel)
  }

  private static func matrix(of stage: Stage) -> BlockedMatrix {
    BlockedMatrix(
      rows: stage.inputShape.channels, channels: stage.outputShape.channels, padsRows: true)
  }

  func forward(_ pass: ForwardPass, to output: Buffer) throws(OpenCLError) {
    try epilogue.prepare()
    try product.enqueue(
      "pointwise_conv2d_forward", [.buffer(pass.input)], kernel.values, epilogue.ending, to: output,
      pixels: pass.images * stage.inputShape.pixels, pass.types)
  }

  func backward(_ pass: BackwardPass, to inputGradient: Buffer?) throws(OpenCLError) {
    try epilogue.backward(pass)
    let pixels = pass.images * stage.inputShape.pixels
    try filter.enqueue(pass.input, pass.outputGradient, pass, pixels: pixels)
    if let inputGradient {
      try transposed?.multiply(
        "pointwise_conv2d_forward", [.buffer(pass.outputGradient)], to: inputGradient, pixels: pixels)
    }
  }
}
