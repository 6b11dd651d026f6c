import ModelGraph
import OpenCL

/// A depthwise convolution of multiplier 1: depthwise_conv2d.cl in Kernels/cpu and Kernels/gpu, and
/// cpu/depthwise_conv2d_backward.cl.
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
    try Parameter(id(of: stage, pack), of: pack, matrix(of: stage, geometry), device)
  }

  /// A kernel that is not trained, as the device has it.
  static func blockedKernel(
    of stage: Stage, _ geometry: WindowGeometry, _ pack: Pack
  ) throws -> [Float] {
    try pack.blocked(id(of: stage, pack), matrix(of: stage, geometry))
  }

  private static func id(of stage: Stage, _ pack: Pack) -> WeightID {
    WeightID(layer: pack.graph.layers[stage.layer].name, name: .depthwiseKernel)
  }

  private static func matrix(of stage: Stage, _ geometry: WindowGeometry) -> BlockedMatrix {
    BlockedMatrix(rows: geometry.taps, channels: stage.inputShape.channels)
  }

  func forward(_ pass: ForwardPass, to output: Buffer) throws(OpenCLError) {
    try epilogue.prepare()
    try kernels.enqueue(
      "depthwise_conv2d_forward", pass.types,
      groups: [kernels.groups(over: stage.outputShape), pass.images, stage.outputShape.blocks],
      [
        .buffer(pass.input), .buffer(kernel.values), .buffer(epilogue.scale), .buffer(epilogue.shift),
        .buffer(output),
      ]
        + geometry.arguments(images: pass.images) + [.float(epilogue.low), .float(epilogue.high)])
  }

  func backward(_ pass: BackwardPass, to inputGradient: Buffer?) throws(OpenCLError) {
    try epilogue.backward(pass)
    if let training = kernel.training {
      let taps = geometry.window.size
      let rows = rowsPerItem(training)
      try kernels.enqueue(
        "depthwise_conv2d_backward_filter",
        groups: [rows.map { (taps.height + $0 - 1) / $0 } ?? kernel.matrix.rows, training.blockCount],
        [
          .buffer(pass.input), .buffer(pass.outputGradient), .buffer(training.gradient),
          .buffer(training.blocks),
        ] + geometry.arguments(images: pass.images) + (rows.map { [.uint($0)] } ?? []) + [pass.accumulates])
    }
    if let inputGradient {
      try kernels.enqueue(
        "depthwise_conv2d_backward_data",
        groups: [kernels.groups(over: stage.inputShape), pass.images, stage.inputShape.blocks],
        [.buffer(pass.outputGradient), .buffer(kernel.values), .buffer(inputGradient)]
          + geometry.arguments(images: pass.images))
    }
  }

  /// Rows of taps that a work-item of the gradient of the kernel takes: all of them, unless that leaves compute units
  /// without work; nil where work-groups take a tap each.
  private func rowsPerItem(_ training: Parameter.Training) -> Int? {
    guard kernels.family == .cpu else { return nil }
    return training.blockCount < kernels.device.info.computeUnits ? 1 : geometry.window.size.height
  }
}
