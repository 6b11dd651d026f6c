import ModelGraph
import OpenCL

/// 3×3 depthwise convolutions, each with the pointwise convolution that follows, frozen and computed by one launch:
/// Kernels/cpu/depthwise_pointwise_conv2d.cl.
///
/// The results are the same bits as those of ``DepthwiseStage`` and ``PointwiseStage``.
final class DepthwisePointwiseChain: ForwardOperation {
  private let pairs: [Pair]
  private let places: ChainPlaces
  private let weights: Buffer
  private let kernels: KernelCatalogue
  /// By the number of images.
  private var schedules: [Int: Schedule] = [:]
  /// What pairs hand on.
  private var between: Buffer?

  private struct Pair {
    let geometry: WindowGeometry
    let rows: FusedRows
    let depthwise: Stage
    let pointwise: Stage
    /// Floats of the pairs' weights before its own.
    let weights: Int
  }

  /// How the work on so many images is cut.
  private struct Schedule {
    /// The kernel's `pairs`.
    let table: Buffer
    let progress: Buffer
    /// Floats of a work-item's own memory.
    let middleFloats: Int
    /// Tasks of the pair that has most of them.
    let mostTasks: Int
    var launches = 0
  }

  /// - Parameter stages: Pairs, one after another: of each the depthwise convolution and the pointwise one; see
  ///   ``Plan/groups(of:_:chains:)``. Nothing of them is trained.
  init(_ stages: [Stage], of pack: Pack, _ kernels: KernelCatalogue) throws {
    self.kernels = kernels
    var pairs: [Pair] = []
    var floats: [Float] = []
    for index in stride(from: 0, to: stages.count, by: 2) {
      let (depthwise, pointwise) = (stages[index], stages[index + 1])
      guard case .depthwiseConv2D(let geometry) = depthwise.kind else {
        preconditionFailure("a pair begins with a depthwise convolution")
      }
      pairs.append(
        Pair(
          geometry: geometry,
          rows: FusedRows(
            middle: geometry.output, outBlocks: pointwise.outputShape.blocks, tile: kernels.productTile),
          depthwise: depthwise, pointwise: pointwise, weights: floats.count))
      floats += try DepthwiseStage.blockedKernel(of: depthwise, geometry, pack)
      floats += try Epilogue.frozenFloats(of: depthwise, pack)
      floats += try PointwiseStage.blockedKernel(of: pointwise, pack)
      floats += try Epilogue.frozenFloats(of: pointwise, pack)
    }
    self.pairs = pairs
    places = ChainPlaces(chain: stages)
    weights = try Buffer(kernels.device, floats: floats)
  }

  func forward(_ pass: ForwardPass, to output: Buffer) throws(OpenCLError) {
    var schedule: Schedule
    if let known = schedules[pass.images] {
      schedule = known
    } else {
      schedule = try self.schedule(pass.images)
    }
    schedule.launches += 1
    // Where a launch fails, nobody knows what it left of its counters: the next one begins with others.
    schedules[pass.images] = nil
    try kernels.enqueue(
      "depthwise_pointwise_conv2d_forward", items: min(schedule.mostTasks, kernels.device.info.computeUnits),
      [
        .buffer(pass.input), .buffer(output), .buffer(try between(images: pass.images) ?? output),
        .buffer(weights), .buffer(schedule.table), .uint(pairs.count), .uint(pass.images),
        .buffer(try kernels.ownRows(zeros + schedule.middleFloats)), .uint(zeros),
        .uint(schedule.middleFloats), .buffer(schedule.progress), .uint(schedule.launches),
      ])
    schedules[pass.images] = schedule
  }

  /// Floats of the longest row of an input, of one block of channels.
  private var zeros: Int { (pairs.map(\.geometry.input.width).max() ?? 0) * ActivationShape.block }

  private func between(images: Int) throws(OpenCLError) -> Buffer? {
    let count = places.floatsPerImage * images
    if count == 0 { return nil }
    if let between, between.count >= count { return between }
    between = nil
    let buffer = try Buffer(kernels.device, count: count)
    between = buffer
    return buffer
  }

  private func schedule(_ images: Int) throws(OpenCLError) -> Schedule {
    var table: [UInt32] = []
    var tasks: [Int] = []
    var middleFloats = 0
    for (index, pair) in pairs.enumerated() {
      let share = pair.rows.share(images: images, kernels.device.info)
      table += row(index, share, firstTask: tasks.reduce(0, +), images: images)
      tasks.append(share.tasks)
      middleFloats = max(middleFloats, pair.rows.floats(ofRows: share.rowsPerTask))
    }
    let buffer = try Buffer(kernels.device, count: table.count)
    try buffer.write(table)
    return Schedule(
      table: buffer, progress: try Buffer(kernels.device, count: 2 * pairs.count + tasks.reduce(0, +)),
      middleFloats: middleFloats, mostTasks: tasks.max() ?? 1)
  }

  /// A pair as the kernel's `depthwise_pointwise` has it.
  private func row(_ index: Int, _ share: FusedRows.Share, firstTask: Int, images: Int) -> [UInt32] {
    let pair = pairs[index]
    let (input, output) = (pair.geometry.input, pair.geometry.output)
    let extents = [
      input.height, input.width, output.height, output.width, pair.geometry.window.strides.height,
      pair.geometry.margins.top, pair.geometry.margins.left, input.blocks, pair.rows.outBlocks,
    ]
    let bounds = [pair.depthwise.low, pair.depthwise.high, pair.pointwise.low, pair.pointwise.high]
    let places = [
      share.rowsPerTask, share.blocksPerTask, firstTask, pair.rows.row,
      index == 0 ? 0 : places.offset(of: index - 1) * images,
      index == pairs.count - 1 ? 0 : places.offset(of: index) * images, pair.weights,
    ]
    // Sizes of a sound graph are below 2³¹.
    return extents.map { UInt32($0) } + bounds.map(\.bitPattern) + places.map { UInt32($0) }
  }
}
