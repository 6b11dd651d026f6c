public import ModelGraph
public import OpenCL

/// A network on a device that is only run: what its last layer gives for an image, before a final softmax.
public final class FeatureExtractor {
  /// Shape of one image's features, [H, W, C] or [C].
  public let outputShape: Shape
  private let plan: Plan
  private let stages: FrozenPrefix

  /// - Parameter variant: The kernels to run; nil for what runs on the device where nothing else is asked for.
  /// - Throws: ``EngineError`` where the network cannot run, `OpenCLError` where the device fails.
  public convenience init(_ pack: Pack, device: Device, kernels variant: KernelVariant? = nil) throws {
    try self.init(pack, kernels: KernelCatalogue(device, try variant ?? .chosen(for: device)))
  }

  private init(_ pack: Pack, kernels: KernelCatalogue) throws {
    plan = try Plan(pack, trains: false)
    stages = FrozenPrefix(plan.stages[..<plan.end], of: pack, plan, imagesPerRun: 1, kernels)
    outputShape = pack.graph.outputShape
    let imageCount = plan.inputShape.pixels * plan.inputShape.channels
    kernels.foresee { rehearsing in
      let image = [Float](repeating: 0, count: imageCount)
      _ = try FeatureExtractor(pack, kernels: rehearsing).features(of: image)
    }
  }

  /// The features of one preprocessed image [H, W, C], in Keras's order.
  ///
  /// - Throws: `OpenCLError`
  public func features(of image: [Float]) throws -> [Float] {
    var blocked = [Float](repeating: 0, count: plan.featureShape.count)
    try image.withUnsafeBufferPointer { image in
      try blocked.withUnsafeMutableBytes { blocked in
        guard let image = image.baseAddress, let blocked = blocked.baseAddress else { return }
        try stages.run(image, count: 1, into: blocked, as: .float32)
      }
    }
    guard case .blocked(let shape) = plan.featureShape else { return blocked }
    return blocked.withUnsafeBufferPointer { $0.baseAddress.map { shape.plain($0) } ?? [] }
  }
}
