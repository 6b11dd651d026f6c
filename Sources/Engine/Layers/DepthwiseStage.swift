import ModelGraph
import OpenCL

/// A depthwise convolution of multiplier 1: Kernels/depthwise_conv2d.cl.
final class DepthwiseStage: StageOperation {
  private let stage: Stage
  private let geometry: WindowGeometry
  private let kernel: Parameter
  private let epilogue: Epilogue
  private let kernels: KernelCatalogue

  var parameters: [Parameter] { [kernel, epilogue.bias].compactMap { $0 }.filter { $0.training != nil } }

  init(
    _ stage: Stage, _ geometry: WindowGeometry, of pack: Pack, _ kernels: KernelCatalogue,
    microBatch: Int
  ) throws {
    self.stage = stage
    self.geometry = geometry
    self.kernels = kernels
    kernel = try DepthwiseStage.kernel(of: stage, geometry, pack, kernels.device)
    epilogue = try Epilogue(stage, of: pack, kernels, microBatch: microBatch)
  }

  static func kernel(
    of stage: Stage, _ geometry: WindowGeometry, _ pack: Pack, _ device: Device
  ) throws -> Parameter {
    try Parameter(
      WeightID(layer: pack.graph.layers[stage.layer].name, name: .depthwiseKernel), of: pack,
      BlockedMatrix(rows: geometry.taps, channels: stage.inputShape.channels), device)
  }

  func forward(_ pass: ForwardPass, to output: Buffer) throws(OpenCLError) {
    try epilogue.prepare()
    try kernels.device.enqueue(
      kernels.kernel("depthwise_conv2d_forward"),
      global: [stage.outputShape.height, pass.images, stage.outputShape.blocks],
      [
        .buffer(pass.input), .buffer(kernel.values), .buffer(epilogue.scale), .buffer(epilogue.shift),
        .buffer(output),
      ]
        + geometry.arguments(images: pass.images) + [.float(epilogue.low), .float(epilogue.high)])
  }

  func backward(_ pass: BackwardPass, to inputGradient: Buffer?) throws(OpenCLError) {
    try epilogue.backward(pass)
    if let training = kernel.training {
      // All rows of taps go together, unless that leaves compute units without work.
      let taps = geometry.window.size
      let rowsPerItem = training.blockCount < kernels.device.info.computeUnits ? 1 : taps.height
      try kernels.device.enqueue(
        kernels.kernel("depthwise_conv2d_backward_filter"),
        global: [(taps.height + rowsPerItem - 1) / rowsPerItem, training.blockCount],
        [
          .buffer(pass.input), .buffer(pass.outputGradient), .buffer(training.gradient),
          .buffer(training.blocks),
        ] + geometry.arguments(images: pass.images) + [.uint(rowsPerItem), pass.accumulates])
    }
    if let inputGradient {
      try kernels.device.enqueue(
        kernels.kernel("depthwise_conv2d_backward_data"),
        global: [stage.inputShape.height, pass.images, stage.inputShape.blocks],
        [.buffer(pass.outputGradient), .buffer(kernel.values), .buffer(inputGradient)]
          + geometry.arguments(images: pass.images))
    }
  }
}
