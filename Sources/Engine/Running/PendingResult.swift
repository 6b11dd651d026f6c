public import OpenCL

/// What a device will say of some images; see ``BatchResult``.
struct PendingResult {
  let labels: [Int]
  /// One an image.
  let losses: HostArray<Float>
  /// [images, classes]
  let probabilities: HostArray<Float>

  init(labels: [Int], classes: Int) {
    self.labels = labels
    losses = HostArray([Float](repeating: 0, count: labels.count))
    probabilities = HostArray([Float](repeating: 0, count: labels.count * classes))
  }

  func wait() throws(OpenCLError) -> BatchResult {
    BatchResult(losses: try losses.wait(), probabilities: try probabilities.wait(), labels: labels)
  }
}

/// A batch that was handed to the device.
public struct QueuedBatch {
  private let records: FeatureRecords
  var parts: [PendingResult] = []

  init(reading records: FeatureRecords) { self.records = records }

  /// How the batch was classified, once the device has come so far.
  ///
  /// - Throws: `OpenCLError`
  public func result() throws(OpenCLError) -> BatchResult {
    var result = BatchResult()
    for part in parts { result.add(try part.wait()) }
    // Their features came before the results.
    if records.onDevice != nil { records.wasRead() }
    return result
  }
}
