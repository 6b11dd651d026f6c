import OpenCL

/// Brings the features of a batch's images together: Kernels/gather.cl, or the host where the device cannot read them.
final class FeatureGather {
  private let features: FeatureShape
  private let precision: FeaturePrecision
  private let kernels: KernelCatalogue
  /// The records of the images.
  private let index: Buffer
  /// What the index was last written from; the next waits until that is done.
  private var written: HostArray<UInt32>?

  /// Floats of an image.
  var count: Int { features.count }
  /// Bytes of an image as they are kept.
  var byteCount: Int { features.count * precision.byteCount }

  /// - Parameter images: The most of one call.
  init(
    _ features: FeatureShape, _ precision: FeaturePrecision, images: Int, _ kernels: KernelCatalogue
  ) throws(OpenCLError) {
    self.features = features
    self.precision = precision
    self.kernels = kernels
    index = try Buffer(kernels.device, count: images)
  }

  /// The records as kernels read them that take blocks of floats; nil where they cannot.
  func inPlace(_ records: FeatureRecords) -> Buffer? {
    let isAligned = Int(bitPattern: records.bytes.baseAddress) % (ActivationShape.block * 4) == 0
    return precision == .float32 && isAligned ? records.onDevice : nil
  }

  /// Tells the device which records a batch is.
  ///
  /// - Returns: The record of each image, until the next call.
  func index(of indices: ArraySlice<Int>) throws(OpenCLError) -> Buffer {
    let array = HostArray(indices.map { UInt32(truncatingIfNeeded: $0) })
    try index.write(array)
    written = array
    return index
  }

  /// Writes the features of the images at `indices` to `batch`. Where the device reads the records, it is only queued.
  func gather(_ indices: ArraySlice<Int>, of records: FeatureRecords, to batch: Buffer) throws(OpenCLError) {
    guard let onDevice = records.onDevice else { return try copy(indices, of: records, to: batch) }
    let index = try index(of: indices)
    let kernel = precision == .float32 ? "gather_float" : "gather_half"
    try kernels.enqueue(
      kernel, groups: [indices.count, features.pieces.count],
      [
        .buffer(onDevice), .buffer(index), .buffer(batch), .uint(features.pieces.count),
        .uint(features.pieces.floats),
      ])
  }

  private func copy(_ indices: ArraySlice<Int>, of records: FeatureRecords, to batch: Buffer)
    throws(OpenCLError)
  {
    let stride = byteCount
    try batch.withMappedFloats(indices.count * features.count, .overwriting) { floats in
      guard let base = floats.baseAddress, let start = records.bytes.baseAddress else { return }
      for (position, index) in indices.enumerated() {
        features.place(
          start + index * stride, precision, as: position, in: base, images: indices.count)
        records.wasRead()
      }
    }
  }
}
