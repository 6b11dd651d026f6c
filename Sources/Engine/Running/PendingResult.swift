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
  /// What was read when the results are there; nil where it still is.
  var records: FeatureRecords?
  var parts: [PendingResult] = []

  /// How the batch was classified, once the device has come so far.
  ///
  /// - Throws: `OpenCLError`
  public func result() throws(OpenCLError) -> BatchResult {
    var result = BatchResult()
    for part in parts { result.add(try part.wait()) }
    if let records, records.onDevice != nil { records.wasRead() }
    return result
  }
}
