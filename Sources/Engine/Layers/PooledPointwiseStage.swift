import ModelGraph
import OpenCL

/// A 1×1 convolution, trained, and the mean of its output over each image's pixels: Kernels/cpu/pointwise_conv2d_pooled.cl
/// and pointwise_conv2d_pooled_backward_filter.cl.
///
/// The output is the same bits as that of ``PointwiseStage`` and ``PoolingStage``. Nothing is trained before it.
final class PooledPointwiseStage: StageOperation {
  private let stage: Stage
  private let kernel: Parameter
  private let epilogue: Epilogue
  /// Where the output of the forward pass lets a gradient pass.
  private let passes: Buffer
  /// 0, 1, 2, …: the places of a batch's images in it.
  private let inOrder: Buffer
  private let kernels: KernelCatalogue

  var parameters: [Parameter] { [kernel].filter { $0.training != nil } }

  /// - Parameter microBatch: The most images of one pass.
  init(_ stage: Stage, of pack: Pack, _ kernels: KernelCatalogue, microBatch: Int) throws {
    self.stage = stage
    self.kernels = kernels
    kernel = try PointwiseStage.kernel(of: stage, pack, kernels.device)
    epilogue = try Epilogue(stage, of: pack, kernels, microBatch: microBatch)
    passes = try Buffer(kernels.device, count: microBatch * stage.bytesKeptPerImage / 4)
    inOrder = try Buffer(kernels.device, count: microBatch)
    try inOrder.write((0..<microBatch).map { UInt32(truncatingIfNeeded: $0) })
  }

  var readsRecords: Bool { true }

  /// The operands of both kernels that say where the input is.
  private func input(_ buffer: Buffer, _ index: Buffer?, images: Int) -> [KernelArgument] {
    let block = stage.inputShape.pixels * ActivationShape.block
    return if let index {
      [.buffer(buffer), .buffer(index), .uint(stage.inputShape.floatsPerImage), .uint(block)]
    } else {
      [.buffer(buffer), .buffer(inOrder), .uint(block), .uint(images * block)]
    }
  }

  func forward(_ pass: ForwardPass, to output: Buffer) throws(OpenCLError) {
    try epilogue.prepare()
    let outBlocks = stage.outputShape.blocks
    // Images are shared out, and where they are too few for that the blocks of output channels, too.
    let parts = min(outBlocks, max(1, 4 * kernels.device.info.computeUnits / pass.images))
    let blocksPerTask = (outBlocks + parts - 1) / parts
    let row = OwnRows.row(ofBlocks: stage.inputShape.blocks)
    try kernels.enqueue(
      "pointwise_conv2d_pooled_forward",
      tasks: pass.images * ((outBlocks + blocksPerTask - 1) / blocksPerTask),
      input(pass.input, pass.index, images: pass.images) + [
        .buffer(kernel.values), .buffer(epilogue.scale), .buffer(epilogue.shift),
        .buffer(try kernels.ownRows(stage.inputShape.pixels * row)), .buffer(output), .buffer(passes),
        .uint(row),
        .uint(pass.images), .uint(stage.inputShape.pixels), .uint(stage.inputShape.blocks), .uint(outBlocks),
        .uint(blocksPerTask), .float(epilogue.low), .float(epilogue.high),
      ])
  }

  func backward(_ pass: BackwardPass, to inputGradient: Buffer?) throws(OpenCLError) {
    precondition(inputGradient == nil, "nothing is trained before a pooled convolution")
    guard let training = kernel.training else { return }
    let (inBlocks, outBlocks) = (stage.inputShape.blocks, training.blockCount)
    let tasks = (inBlocks + PooledPointwiseStage.inBlocksPerTask - 1) / PooledPointwiseStage.inBlocksPerTask
    // Where those are too few, the output channels are shared out, too.
    let parts = min(outBlocks, max(1, 4 * kernels.device.info.computeUnits / tasks))
    let blocksPerTask = (outBlocks + parts - 1) / parts
    let entries =
      blocksPerTask * ActivationShape.block + PassingBits(pixels: stage.inputShape.pixels).entries
    try kernels.enqueue(
      "pointwise_conv2d_pooled_backward_filter",
      tasks: tasks * ((outBlocks + blocksPerTask - 1) / blocksPerTask),
      input(pass.input, pass.index, images: pass.images) + [
        .buffer(passes), .buffer(pass.outputGradient), .buffer(epilogue.scale),
        .buffer(
          try kernels.ownRows(entries * PooledPointwiseStage.inBlocksPerTask * ActivationShape.block)),
        .buffer(training.gradient), .buffer(training.blocks), .uint(pass.images),
        .uint(stage.inputShape.pixels),
        .uint(inBlocks), .uint(stage.outputShape.blocks), .uint(outBlocks), .uint(blocksPerTask),
        pass.accumulates,
      ])
  }

  /// `IN_BLOCKS` of the backward pass.
  private static let inBlocksPerTask = 2
}
