import ModelGraph
import OpenCL

/// A 3×3 depthwise convolution and the pointwise convolution that follows, frozen and computed as one:
/// Kernels/cpu/depthwise_pointwise_conv2d.cl.
///
/// The results are the same bits as those of ``DepthwiseStage`` and ``PointwiseStage``.
final class DepthwisePointwiseStage: ForwardOperation {
  private let geometry: WindowGeometry
  private let rows: FusedRows
  /// By the number of images.
  private var shares: [Int: FusedRows.Share] = [:]
  private let depthwiseKernel: Parameter
  private let depthwiseEpilogue: Epilogue
  private let kernel: Parameter
  private let epilogue: Epilogue
  private let kernels: KernelCatalogue

  /// Whether the kernel computes the two: `second` reads `first`, and a row of what is between them fits.
  static func joins(_ first: Stage, _ second: Stage, _ kernels: KernelCatalogue) -> Bool {
    guard kernels.family == .cpu, case .pointwise = second.kind,
      case .depthwiseConv2D(let geometry) = first.kind
    else { return false }
    let window = geometry.window
    return window.size == Size2D(square: 3) && window.strides.height == window.strides.width
      && FusedRows(middle: geometry.output, outBlocks: second.outputShape.blocks, tile: 1).fits
  }

  /// - Precondition: ``joins(_:_:_:)``, and nothing of either is trained.
  init(
    _ depthwise: Stage, _ geometry: WindowGeometry, _ pointwise: Stage, of pack: Pack,
    _ kernels: KernelCatalogue
  ) throws {
    self.geometry = geometry
    rows = FusedRows(
      middle: geometry.output, outBlocks: pointwise.outputShape.blocks, tile: kernels.productTile)
    self.kernels = kernels
    depthwiseKernel = try DepthwiseStage.kernel(of: depthwise, geometry, pack, kernels.device)
    depthwiseEpilogue = try Epilogue(depthwise, of: pack, kernels, microBatch: 1)
    kernel = try PointwiseStage.kernel(of: pointwise, pack, kernels.device)
    epilogue = try Epilogue(pointwise, of: pack, kernels, microBatch: 1)
  }

  func forward(_ pass: ForwardPass, to output: Buffer) throws(OpenCLError) {
    let share = shares[pass.images] ?? rows.share(images: pass.images, kernels.device.info)
    shares[pass.images] = share
    try kernels.enqueue(
      "depthwise_pointwise_conv2d_forward", tasks: share.tasks,
      [
        .buffer(pass.input), .buffer(depthwiseKernel.values), .buffer(depthwiseEpilogue.scale),
        .buffer(depthwiseEpilogue.shift), .float(depthwiseEpilogue.low), .float(depthwiseEpilogue.high),
        .buffer(kernel.values), .buffer(epilogue.scale), .buffer(epilogue.shift), .float(epilogue.low),
        .float(epilogue.high), .buffer(output),
        .buffer(try kernels.ownRows(rows.floats(ofRows: share.rowsPerTask))),
        .uint(rows.row), .uint(pass.images), .uint(geometry.input.height),
        .uint(geometry.input.width),
        .uint(geometry.output.height), .uint(geometry.output.width), .uint(geometry.window.strides.height),
        .uint(geometry.margins.top), .uint(geometry.margins.left), .uint(geometry.input.blocks),
        .uint(rows.outBlocks), .uint(share.rowsPerTask), .uint(share.blocksPerTask),
      ])
  }
}
