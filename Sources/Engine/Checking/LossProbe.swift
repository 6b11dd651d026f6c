package import ModelGraph
import OpenCL

/// The loss on top of a network, run by itself on logits that the caller gives.
package struct LossProbe {
  /// One an image.
  package let losses: [Float]
  /// [images, classes]
  package let probabilities: [Float]
  /// Of the batch's mean loss, [images, classes].
  package let gradient: [Float]
  package let kernels: [KernelRun]

  /// - Parameter logits: [images, classes]
  package init(
    _ logits: [Float], labels: [Int], _ settings: LossSettings, _ kernels: KernelCatalogue
  ) throws {
    let images = labels.count
    let shape = ActivationShape(height: 1, width: 1, channels: logits.count / images)
    let loss = try SoftmaxCrossEntropy(classes: shape.channels, batchSize: images, kernels)
    let scores = try Buffer(kernels.device, floats: shape.blocked(logits, images: images))
    let gradient = try Buffer(
      kernels.device, floats: [Float](repeating: .nan, count: images * shape.floatsPerImage))
    var result: PendingResult?
    self.kernels = try kernels.tracing {
      result = try loss.forward(
        scores, labels: labels[...], batchImages: images, settings, gradient: gradient)
    }
    losses = try result?.losses.wait() ?? []
    probabilities = try result?.probabilities.wait() ?? []
    self.gradient = shape.plain(try gradient.floats(images * shape.floatsPerImage), images: images)
  }
}

/// The features of a batch, brought together from records by the device.
package struct GatherProbe {
  /// As the device brought them together, and as the host does.
  package let byDevice: [Float]
  package let byHost: [Float]
  package let kernels: [KernelRun]

  /// - Parameters:
  ///   - shape: [H, W, C] of an image's features.
  ///   - isImage: Whether they are a plain image.
  ///   - numbers: Those of all records, one after another.
  ///   - indices: The records of the batch's images.
  package init(
    _ shape: Shape, isImage: Bool, _ precision: FeaturePrecision, _ numbers: (Int) -> Float,
    indices: [Int], _ kernels: KernelCatalogue
  ) throws {
    let features: FeatureShape =
      isImage ? .image(ActivationShape(shape)) : .blocked(ActivationShape(shape))
    let records = (indices.max() ?? 0) + 1
    let memory = RecordMemory(byteCount: records * features.count * precision.byteCount)
    for record in 0..<records {
      let values = (0..<features.count).map { numbers(record * features.count + $0) }
      _ = precision.keep(
        values, count: values.count, in: memory.base + record * values.count * precision.byteCount)
    }
    let device = kernels.device
    let onDevice = FeatureRecords(
      memory.bytes, of: memory, onDevice: try Buffer(device, lending: memory.bytes, of: memory),
      in: nil)
    let gather = try FeatureGather(features, precision, images: indices.count, kernels)
    let count = indices.count * features.count
    func unwritten() throws -> Buffer {
      try Buffer(device, floats: [Float](repeating: .nan, count: count))
    }
    let (first, second) = (try unwritten(), try unwritten())
    self.kernels = try kernels.tracing { try gather.gather(indices[...], of: onDevice, to: first) }
    try gather.gather(indices[...], of: FeatureRecords(memory.bytes), to: second)
    byDevice = try first.floats(count)
    byHost = try second.floats(count)
  }
}

/// Memory that lives as long as the object.
private final class RecordMemory {
  let base: UnsafeMutableRawPointer
  private let byteCount: Int

  init(byteCount: Int) {
    base = .allocate(byteCount: byteCount, alignment: 4096)
    self.byteCount = byteCount
  }

  deinit { base.deallocate() }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: byteCount) }
}
