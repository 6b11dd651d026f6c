import ModelGraph
import OpenCL

/// A convolution over the network's plain input image [N, H, W, C]: conv2d.cl in Kernels/cpu and Kernels/gpu,
/// and cpu/conv2d_backward_filter.cl.
final class Conv2DStage: StageOperation {
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
    let taps = geometry.window.size.height * geometry.window.size.width * stage.inputShape.channels
    kernel = try Parameter(
      WeightID(layer: pack.graph.layers[stage.layer].name, name: .kernel), of: pack,
      BlockedMatrix(rows: taps, channels: stage.outputShape.channels), kernels.device)
    epilogue = try Epilogue(stage, of: pack, kernels, microBatch: microBatch)
  }

  func forward(_ pass: ForwardPass, to output: Buffer) throws(OpenCLError) {
    try epilogue.prepare()
    let (groups, blocks) = (kernels.groups(over: stage.outputShape), stage.outputShape.blocks)
    let isOfCPU = kernels.family == .cpu
    try kernels.enqueue(
      "conv2d_forward", pass.types, groups: isOfCPU ? [groups, pass.images] : [groups, pass.images, blocks],
      [
        .buffer(pass.input), .buffer(kernel.values), .buffer(epilogue.scale), .buffer(epilogue.shift),
        .buffer(output),
      ] + (isOfCPU ? [.uint(blocks)] : [])
        + [.uint(stage.inputShape.channels)] + geometry.arguments(images: pass.images) + [
          .float(epilogue.low), .float(epilogue.high),
        ])
  }

  /// - Precondition: Nobody needs the gradient of the network's input.
  func backward(_ pass: BackwardPass, to inputGradient: Buffer?) throws(OpenCLError) {
    precondition(inputGradient == nil, "nothing before the network's first layer is trained")
    try epilogue.backward(pass)
    guard let training = kernel.training else { return }
    let operands: [KernelArgument] = [.buffer(pass.input), .buffer(pass.outputGradient)]
    let extents = [.uint(stage.inputShape.channels)] + geometry.arguments(images: pass.images)
    switch kernels.family {
    case .cpu:
      let partials = try kernels.scratch(pass.images * kernel.matrix.count)
      try kernels.enqueue(
        "conv2d_backward_filter", groups: [pass.images, stage.outputShape.blocks],
        operands + [.buffer(partials)] + extents)
      try kernels.enqueue(
        "channel_totals", groups: [kernel.matrix.count / ActivationShape.block],
        [.buffer(partials), .buffer(training.gradient), .uint(pass.images), pass.accumulates])
    case .gpu:
      try kernels.enqueue(
        "conv2d_backward_filter", groups: [kernel.matrix.rows, training.blockCount],
        operands + [.buffer(training.gradient), .buffer(training.blocks)] + extents + [pass.accumulates])
    }
  }
}
