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

/// Reads images batch by batch, tells of the progress, and leaves out what cannot be read.
struct ImageReading {
  /// Images that are decoded together, while the device works on the batch before.
  static let batchSize = 32

  private let loader: ImageLoader
  /// Images of the whole run, of which one call of `read` may be a part.
  private let total: Int
  private var done = 0

  init(_ pack: Pack, total: Int, fitting: AspectFitting = .stretch) throws(TrainingError) {
    loader = ImageLoader(input: try NetworkInput(of: pack), fitting: fitting)
    self.total = total
  }

  /// Hands `body` each batch.
  ///
  /// - Throws: `TrainingError.noUsableImages` where there are images and none can be read, or what `body` or
  ///   `report` throws.
  mutating func read(
    _ images: [ImageReference], _ report: (TrainingEvent) throws -> Void, _ body: (ImageBatch) throws -> Void
  ) throws {
    var broken: [ImageError] = []
    for batch in loader.batches(of: images, size: ImageReading.batchSize) {
      broken += batch.broken.map(\.error)
      if !batch.indices.isEmpty { try body(batch) }
      done += batch.range.count
      try report(.reading(done: done, of: total))
    }
    if let example = broken.first {
      guard broken.count < images.count else {
        throw TrainingError.noUsableImages(of: images.count, example: example.description)
      }
      try report(.brokenImages(broken))
    }
  }
}
