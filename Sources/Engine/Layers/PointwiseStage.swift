import ModelGraph
import OpenCL

/// A 1×1 convolution, or a dense layer: pointwise_conv2d.cl in Kernels/cpu and Kernels/gpu.
final class PointwiseStage: StageOperation {
  private let stage: Stage
  private let kernel: Parameter
  private let filter: PointwiseFilterGradient
  private let epilogue: Epilogue
  private let kernels: KernelCatalogue
  /// The kernel as the gradient of the input reads it, and what stands in for an epilogue there.
  private let transposed: Transposed?

  private struct Transposed {
    let kernel: Buffer
    let ones: Buffer
    let zeros: Buffer
  }

  var parameters: [Parameter] { [kernel, epilogue.bias].compactMap { $0 }.filter { $0.training != nil } }

  /// - Parameter passesGradientOn: Whether a stage before this one is trained.
  init(
    _ stage: Stage, of pack: Pack, _ kernels: KernelCatalogue, microBatch: Int, passesGradientOn: Bool
  ) throws {
    self.stage = stage
    self.kernels = kernels
    kernel = try PointwiseStage.kernel(of: stage, pack, kernels.device)
    filter = PointwiseFilterGradient(kernel, inBlocks: stage.inputShape.blocks, kernels)
    epilogue = try Epilogue(stage, of: pack, kernels, microBatch: microBatch)
    let lanes = stage.inputShape.blocks * ActivationShape.block
    transposed =
      passesGradientOn
      ? Transposed(
        kernel: try Buffer(kernels.device, count: kernel.matrix.count),
        ones: try Buffer(kernels.device, floats: [Float](repeating: 1, count: lanes)),
        zeros: try Buffer(kernels.device, count: lanes))
      : nil
  }

  static func kernel(of stage: Stage, _ pack: Pack, _ device: Device) throws -> Parameter {
    let matrix = BlockedMatrix(
      rows: stage.inputShape.channels, channels: stage.outputShape.channels, padsRows: true)
    return try Parameter(
      WeightID(layer: pack.graph.layers[stage.layer].name, name: .kernel), of: pack, matrix, device)
  }

  func forward(_ pass: ForwardPass, to output: Buffer) throws(OpenCLError) {
    try epilogue.prepare()
    try multiply(
      pass.input, kernel.values, to: output, pixels: pass.images * stage.inputShape.pixels,
      inBlocks: stage.inputShape.blocks,
      outBlocks: stage.outputShape.blocks, scale: epilogue.scale, shift: epilogue.shift, low: epilogue.low,
      high: epilogue.high)
  }

  func backward(_ pass: BackwardPass, to inputGradient: Buffer?) throws(OpenCLError) {
    try epilogue.backward(pass)
    let pixels = pass.images * stage.inputShape.pixels
    let inBlocks = stage.inputShape.blocks
    let outBlocks = stage.outputShape.blocks
    try filter.enqueue(pass.input, pass.outputGradient, pass, pixels: pixels)
    if let inputGradient, let transposed {
      try kernels.enqueue(
        "pointwise_conv2d_transpose", groups: [inBlocks, outBlocks],
        [.buffer(kernel.values), .buffer(transposed.kernel), .uint(inBlocks), .uint(outBlocks)])
      try multiply(
        pass.outputGradient, transposed.kernel, to: inputGradient, pixels: pixels, inBlocks: outBlocks,
        outBlocks: inBlocks, scale: transposed.ones, shift: transposed.zeros, low: -.infinity, high: .infinity
      )
    }
  }

  private func multiply(
    _ x: Buffer, _ w: Buffer, to y: Buffer, pixels: Int, inBlocks: Int, outBlocks: Int, scale: Buffer,
    shift: Buffer, low: Float, high: Float
  ) throws(OpenCLError) {
    let operands: [KernelArgument] = [.buffer(x), .buffer(w), .buffer(scale), .buffer(shift)]
    let extents: [KernelArgument] = [.uint(pixels), .uint(inBlocks), .uint(outBlocks)]
    let bounds: [KernelArgument] = [.float(low), .float(high)]
    switch kernels.family {
    case .cpu:
      let row = OwnRows.row(ofBlocks: inBlocks)
      let pixelsPerTask = pixelsPerTask(pixels, row: row)
      let pixelParts = (pixels + pixelsPerTask - 1) / pixelsPerTask
      let blockParts = min(outBlocks, max(1, 4 * kernels.device.info.computeUnits / pixelParts))
      let blocksPerTask = (outBlocks + blockParts - 1) / blockParts
      try kernels.enqueue(
        "pointwise_conv2d_forward", tasks: pixelParts * ((outBlocks + blocksPerTask - 1) / blocksPerTask),
        operands + [.buffer(try kernels.ownRows(pixelsPerTask * row)), .buffer(y), .uint(row)] + extents
          + [.uint(pixelsPerTask), .uint(blocksPerTask)] + bounds)
    case .gpu:
      let tile = kernels.tiling.product
      let tileBlocks = tile.channels / ActivationShape.block
      try kernels.enqueue(
        "pointwise_conv2d_forward",
        groups: [(pixels + tile.pixels - 1) / tile.pixels, (outBlocks + tileBlocks - 1) / tileBlocks],
        of: tile.items, operands + [.buffer(y)] + extents + bounds)
    }
  }

  /// Whole tiles: so many that a panel of weights is used often and the rows stay in a cache, and so few that every
  /// compute unit has something to do.
  private func pixelsPerTask(_ pixels: Int, row: Int) -> Int {
    let share = pixels / (2 * kernels.device.info.computeUnits)
    let most = min(112, OwnRows.bytes / (4 * row), share)
    return max(most / kernels.tile, 1) * kernels.tile
  }
}
