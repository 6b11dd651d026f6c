import Engine
import ImageFiles
import ModelGraph
import SystemFiles

/// Where the epochs get the features of the training images from, batch by batch.
enum TrainingFeed {
  /// Computed before, a set for each view.
  case cached([FeatureSet])
  /// Computed for each batch.
  case computedAnew(FeatureStream)

  /// Images of an epoch.
  var count: Int {
    switch self {
    case .cached(let views): views[0].count
    case .computedAnew(let stream): stream.count
    }
  }

  /// Runs `body` on the features of many images, on the positions among them of each batch's images, and on their
  /// classes; of a batch whose images are all broken there are none.
  ///
  /// - Parameters:
  ///   - order: The positions in the epoch's list of the images, in the order in which they are trained on.
  ///   - view: Which of their views it is.
  ///   - report: Told of the images that are broken, once.
  func forEachBatch(
    of order: ArraySlice<Int>, view: Int, size: Int, _ report: (TrainingEvent) throws -> Void,
    _ body: (FeatureRecords, ArraySlice<Int>, [Int]) throws -> Void
  ) throws {
    switch self {
    case .cached(let views):
      try views[view].forEachBatch(of: order, size: size, body)
    case .computedAnew(let stream):
      try stream.forEachBatch(of: order, view: view, size: size, report, body)
    }
  }
}

/// The features of training images, computed when they are needed and forgotten again.
final class FeatureStream {
  private let engine: Engine
  private let images: [LabelledImage]
  private let memory: ScratchMemory
  private var reading: ImageReading
  /// Whether an epoch has told of the images that are broken: they are the same in each.
  private var hasReported = false

  /// - Parameter loader: What decodes and varies the images.
  init(_ engine: Engine, _ images: [LabelledImage], _ loader: ImageLoader) throws {
    self.engine = engine
    self.images = images
    memory = try ScratchMemory(count: engine.batchSize * engine.featureBytes, in: [])
    reading = ImageReading(loader, batchSize: engine.memory.imagesPerRead, total: images.count)
  }

  var count: Int { images.count }

  /// - Throws: `TrainingError.noUsableImages` where none of all images can be read, or what `body` or `report` throws.
  func forEachBatch(
    of order: ArraySlice<Int>, view: Int, size: Int, _ report: (TrainingEvent) throws -> Void,
    _ body: (FeatureRecords, ArraySlice<Int>, [Int]) throws -> Void
  ) throws {
    guard let base = memory.bytes.baseAddress else { return }
    // The host takes from them at once: the next batch overwrites them.
    let records = FeatureRecords(UnsafeRawBufferPointer(memory.bytes))
    var broken: [ImageError] = []
    for start in stride(from: order.startIndex, to: order.endIndex, by: size) {
      let positions = Array(order[start..<min(start + size, order.endIndex)])
      let batch = positions.map { images[$0] }
      var labels: [Int] = []
      broken += try reading.readSome(batch.map(\.image), positions: positions, view: view, { _ in }) {
        decoded in
        try decoded.pixels.withUnsafeBufferPointer { pixels in
          guard let pixels = pixels.baseAddress else { return }
          try engine.computeFeatures(
            of: pixels, count: decoded.indices.count, into: base + labels.count * engine.featureBytes)
        }
        labels += decoded.indices.map { batch[$0].label }
      }
      try body(records, Array(labels.indices)[...], labels)
    }
    if let example = broken.first, broken.count == images.count {
      throw TrainingError.noUsableImages(of: images.count, example: example.description)
    }
    if !broken.isEmpty, !hasReported { try report(.brokenImages(broken)) }
    hasReported = true
  }
}
