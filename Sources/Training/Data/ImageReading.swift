import ImageFiles
import ModelGraph

extension NetworkInput {
  /// What the pack's network wants of an image.
  ///
  /// - Throws: `TrainingError.notAnImageNetwork`
  init(of pack: Pack) throws(TrainingError) {
    let shape = pack.graph.inputShape
    guard shape.count == 3, shape[2] == 3 else { throw .notAnImageNetwork(inputShape: shape) }
    let preprocessing = pack.inputPreprocessing
    self.init(
      height: shape[0], width: shape[1], divisor: preprocessing.divisor, offset: preprocessing.offset)
  }
}

/// Reads image files batch by batch, tells of the progress, and leaves out what cannot be read.
struct ImageReading {
  private let loader: ImageLoader
  /// Images that are decoded together, while the device works on the batch before.
  private let batchSize: Int
  /// Images of the whole run, of which one call of `read` may be a part.
  private let total: Int
  private var done = 0

  init(_ pack: Pack, batchSize: Int = 32, total: Int) throws(TrainingError) {
    loader = ImageLoader(input: try NetworkInput(of: pack))
    self.batchSize = batchSize
    self.total = total
  }

  /// Hands `body` each batch.
  ///
  /// - Parameters:
  ///   - positions: The place of each file in the whole list, from which its augmentation follows.
  ///   - view: Which of an image's augmented views it is.
  /// - Throws: `TrainingError.noUsableImages` where there are files and none can be read, or what `body` or
  ///   `report` throws.
  mutating func read(
    _ files: [FilePath], positions: [Int]? = nil, view: Int = 0, _ report: (TrainingEvent) throws -> Void,
    _ body: (ImageBatch) throws -> Void
  ) throws {
    var broken: [ImageError] = []
    for batch in loader.batches(of: files, size: batchSize) {
      broken += batch.broken.map(\.error)
      if !batch.indices.isEmpty { try body(batch) }
      done += batch.range.count
      try report(.reading(done: done, of: total))
    }
    if let example = broken.first {
      guard broken.count < files.count else {
        throw TrainingError.noUsableImages(of: files.count, example: example.description)
      }
      try report(.brokenImages(broken))
    }
  }
}
