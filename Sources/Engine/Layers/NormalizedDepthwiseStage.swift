import ModelGraph
import OpenCL

/// A batch-norm in training mode with its ReLU, and the 3×3 depthwise convolution of multiplier 1 that reads it, computed as
/// one: Kernels/cpu/normalized_depthwise_conv2d.cl.
///
/// The output has the same bits as those of ``BatchNormalizationStage`` and ``DepthwiseStage``.
final class NormalizedDepthwiseStage: NormalizedStage {
  var following: TrainedNormalization?
  private let geometry: WindowGeometry
  let normalization: TrainedNormalization
  let kernel: Parameter
  let epilogue: Epilogue
  private let kernels: KernelCatalogue

  /// `RING + 1` of the kernels.
  private static let rows = 5

  /// - Precondition: ``WindowGeometry/takesNormalization``, and a stage before the two is trained.
  init(
    _ normalization: TrainedNormalization, _ stage: Stage, _ geometry: WindowGeometry, of pack: Pack,
    _ kernels: KernelCatalogue, microBatch: Int
  ) throws {
    self.normalization = normalization
    self.geometry = geometry
    self.kernels = kernels
    kernel = try DepthwiseStage.kernel(of: stage, geometry, pack, kernels.device)
    epilogue = try Epilogue(stage, of: pack, kernels, microBatch: microBatch)
  }

  func forward(_ pass: ForwardPass, to output: Buffer) throws(OpenCLError) {
    if try normalization.takesStatistics(in: pass) { return }
    try epilogue.prepare()
    let operands = try [.buffer(pass.input)] + normalization.prepared(for: pass.mode) + normalization.bounds
    let rowsPerSum = rowsPerSum
    try takingStatistics(in: pass, pixelsPerItem: rowsPerSum * geometry.output.width) {
      partials throws(OpenCLError) in
      try kernels.enqueue(
        "normalized_depthwise_conv2d_forward", tasks: pass.images * geometry.input.blocks,
        operands
          + [
            .buffer(kernel.values), .buffer(epilogue.scale), .buffer(epilogue.shift), .buffer(try ownRows()),
            .buffer(output),
          ] + (partials ?? [.buffer(output), .buffer(output)]) + [.uint(partials == nil ? 0 : rowsPerSum)]
          + planes(pass.images) + [.float(epilogue.low), .float(epilogue.high)])
    }
  }

  /// A whole part of the output's rows, so few that they are in the first cache still.
  private var rowsPerSum: Int {
    let (height, width) = (geometry.output.height, geometry.output.width)
    return (1...height).last { height % $0 == 0 && $0 * width <= 512 } ?? 1
  }

  func backward(_ pass: BackwardPass, to inputGradient: Buffer?) throws(OpenCLError) {
    guard let inputGradient else { preconditionFailure("a stage before is trained") }
    guard pass.number == 0 else {
      return try normalization.backwardData(pass.input, inputGradient, pass.part)
    }
    try epilogue.backward(pass)
    let filters = try kernels.scratch(pass.images * kernel.matrix.count)
    try normalization.backwardSums(pass, items: pass.images) { partials throws(OpenCLError) in
      try kernels.enqueue(
        "normalized_depthwise_conv2d_backward", tasks: pass.images * geometry.input.blocks,
        [.buffer(pass.input)] + normalization.backwardOperands + normalization.bounds
          + [
            .buffer(pass.outputGradient), .buffer(kernel.values), .buffer(try ownRows()),
            .buffer(inputGradient),
          ] + partials
          + [.buffer(filters), .uint(isPastCaches(pass.images) ? 1 : 0)] + planes(pass.images))
    }
    guard let training = kernel.training else { return }
    try kernels.enqueue(
      "channel_totals", groups: [kernel.matrix.count / ActivationShape.block],
      [.buffer(filters), .buffer(training.gradient), .uint(pass.images), pass.accumulates])
  }

  /// Whether the gradient of the input has left all caches before anybody reads it: what is read and written besides is more
  /// than they hold. Never where the device does not say how much that is.
  private func isPastCaches(_ images: Int) -> Bool {
    let floats = 2 * geometry.input.floatsPerImage + geometry.output.floatsPerImage
    let cache = kernels.device.info.cache
    return cache > 0 && 4 * images * floats > cache
  }

  private func ownRows() throws(OpenCLError) -> Buffer {
    let pixels = max(geometry.input.width, geometry.output.width) + 2 * WindowGeometry.halo
    return try kernels.ownRows(NormalizedDepthwiseStage.rows * pixels * ActivationShape.block)
  }

  /// `PLANE_PARAMETERS` of the kernels.
  private func planes(_ images: Int) -> [KernelArgument] {
    [
      .uint(images), .uint(geometry.input.height), .uint(geometry.input.width), .uint(geometry.output.height),
      .uint(geometry.output.width), .uint(geometry.window.strides.height), .uint(geometry.margins.top),
      .uint(geometry.margins.left), .uint(geometry.input.blocks),
    ]
  }
}
