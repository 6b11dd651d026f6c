public import ImageFiles
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

/// How image files become what a network is given.
public struct ImageSettings: Sendable, Hashable {
  public var fitting = AspectFitting.stretch
  /// How training images are varied; others never are.
  public var augmentation: Augmentation = []

  public init() {}
}

/// Reads images batch by batch, tells of the progress, and leaves out what cannot be read.
struct ImageReading {
  private let loader: ImageLoader
  /// Images that are decoded together, while the device works on the batch before.
  private let batchSize: Int
  /// Images of the whole run, of which one call of `read` may be a part.
  private let total: Int
  private var done: Int

  /// - Parameter done: Images of the run that were read before.
  init(_ loader: ImageLoader, batchSize: Int = 32, done: Int = 0, total: Int) {
    self.loader = loader
    self.batchSize = batchSize
    self.total = total
    self.done = done
  }

  /// Hands `body` each batch, and reports what was left out.
  ///
  /// - Parameters:
  ///   - positions: The place of each image in the whole list, from which its augmentation follows.
  ///   - view: Which of an image's augmented views it is.
  /// - Throws: `TrainingError.noUsableImages` where there are images and none can be read, or what `body` or
  ///   `report` throws.
  mutating func read(
    _ images: [ImageReference], positions: [Int]? = nil, view: Int = 0,
    _ report: (TrainingEvent) throws -> Void, _ body: (ImageBatch) throws -> Void
  ) throws {
    let broken = try readSome(images, positions: positions, view: view, report, body)
    if let example = broken.first {
      guard broken.count < images.count else {
        throw TrainingError.noUsableImages(of: images.count, example: example.description)
      }
      try report(.brokenImages(broken))
    }
  }

  /// Hands `body` each batch of images of which maybe none can be read.
  ///
  /// - Returns: Why images were left out.
  /// - Throws: What `body` or `report` throws.
  mutating func readSome(
    _ images: [ImageReference], positions: [Int]? = nil, view: Int = 0,
    _ report: (TrainingEvent) throws -> Void, _ body: (ImageBatch) throws -> Void
  ) throws -> [ImageError] {
    var broken: [ImageError] = []
    for batch in loader.batches(of: images, positions: positions, size: batchSize, view: view) {
      broken += batch.broken.map(\.error)
      if !batch.indices.isEmpty { try body(batch) }
      done += batch.range.count
      try report(.reading(done: done, of: total))
    }
    return broken
  }
}
