import OpenCL

/// Sums over the pixels of each channel: Kernels/batch_normalization.cl.
final class ChannelSums {
  /// So few that they are in the first cache when their mean is known.
  private static let pixelsPerItem = 512

  private let kernels: KernelCatalogue
  private let shape: ActivationShape
  /// As many sums as two quantities have at once.
  private var partials: [Buffer]

  init(_ shape: ActivationShape, microBatch: Int, _ kernels: KernelCatalogue) throws(OpenCLError) {
    self.kernels = kernels
    self.shape = shape
    let count = ChannelSums.items(microBatch * shape.pixels) * shape.blocks * ActivationShape.block
    partials = [try Buffer(kernels.device, count: count), try Buffer(kernels.device, count: count)]
  }

  private static func items(_ pixels: Int) -> Int { (pixels + pixelsPerItem - 1) / pixelsPerItem }

  /// total ← Σ x, on top of what is there where `part` is not the first.
  func sum(_ x: Buffer, of part: MicroBatch, into total: Buffer) throws(OpenCLError) {
    let pixels = part.images * shape.pixels
    try enqueue("channel_sums", [.buffer(x), .buffer(partials[0])], pixels, [])
    try add(0, of: part, to: total)
  }

  /// The mean of x, and Σ (x − mean)², over the whole batch once each part was given.
  func moments(_ x: Buffer, of part: MicroBatch, mean: Buffer, deviations: Buffer) throws(OpenCLError) {
    let pixels = part.images * shape.pixels
    try enqueue("channel_moments", [.buffer(x), .buffer(partials[0]), .buffer(partials[1])], pixels, [])
    try addMoments(of: part, pixelsPerItem: ChannelSums.pixelsPerItem, mean: mean, deviations: deviations)
  }

  /// The same from the moments of runs of `pixelsPerItem` pixels, which are among the ``partials(_:)``.
  func addMoments(
    of part: MicroBatch, pixelsPerItem: Int, mean: Buffer, deviations: Buffer
  ) throws(OpenCLError) {
    try kernels.enqueue(
      "channel_moments_totals", groups: [shape.blocks],
      [
        .buffer(partials[0]), .buffer(partials[1]), .buffer(mean), .buffer(deviations),
        .uint(part.images * shape.pixels), .uint(pixelsPerItem), .uint(part.first * shape.pixels),
      ])
  }

  /// dbeta ← Σ dn and dgamma ← Σ dn · x̂, dn what of the gradient of the output passes the ReLU; on top of what is there
  /// where the part is not the first.
  ///
  /// - Parameter normalization: mean, inverse, scale, beta.
  func gradients(
    _ pass: BackwardPass, _ normalization: [KernelArgument], low: Float, high: Float, dbeta: Buffer,
    dgamma: Buffer
  ) throws(OpenCLError) {
    try enqueue(
      "batch_normalization_backward_sums",
      [.buffer(pass.input), .buffer(pass.outputGradient)] + normalization
        + [.buffer(partials[0]), .buffer(partials[1])],
      pass.images * shape.pixels, [.float(low), .float(high)])
    try add(0, of: pass.part, to: dbeta)
    try add(1, of: pass.part, to: dgamma)
  }

  /// Room for the sums of two quantities, `items` of each a channel: [C/16, items, 16]. Another kernel forms them, and
  /// ``add(_:items:of:to:)`` follows.
  func partials(_ items: Int) throws(OpenCLError) -> [Buffer] {
    let count = items * shape.blocks * ActivationShape.block
    for index in partials.indices where partials[index].count < count {
      partials[index] = try Buffer(kernels.device, count: count)
    }
    return partials
  }

  private func enqueue(
    _ name: String, _ operands: [KernelArgument], _ pixels: Int, _ rest: [KernelArgument]
  ) throws(OpenCLError) {
    try kernels.enqueue(
      name, groups: [ChannelSums.items(pixels), shape.blocks],
      operands + [.uint(pixels), .uint(ChannelSums.pixelsPerItem)] + rest)
  }

  private func add(_ index: Int, of part: MicroBatch, to total: Buffer) throws(OpenCLError) {
    try add(index, items: ChannelSums.items(part.images * shape.pixels), of: part, to: total)
  }

  /// total ← the sum of the first or second quantity's partial sums, on top of what is there where `part` is not the first.
  func add(_ index: Int, items: Int, of part: MicroBatch, to total: Buffer) throws(OpenCLError) {
    try kernels.enqueue(
      "channel_totals", groups: [shape.blocks],
      [.buffer(partials[index]), .buffer(total), .uint(items), .uint(part.isFirst ? 0 : 1)])
  }
}
