import Engine
import ImageFiles
import ModelGraph
import SystemFiles

/// Takes images from their files through the frozen layers.
struct FeatureExtraction {
  private let engine: Engine
  private let input: NetworkInput
  private let fitting: AspectFitting
  private let scratchFolders: [String]
  /// Images of all calls of ``features(of:augmentation:seed:view:_:)`` together.
  private let total: Int
  private var done = 0

  init(
    _ engine: Engine, _ pack: Pack, scratchFolders: [String], total: Int, fitting: AspectFitting
  ) throws(TrainingError) {
    self.engine = engine
    self.fitting = fitting
    self.scratchFolders = scratchFolders
    self.total = total
    input = try NetworkInput(of: pack)
  }

  /// The features of those of `images` that can be read, in their order.
  ///
  /// - Parameters:
  ///   - seed: From which the augmentation follows.
  ///   - view: Which of the augmented views of each image it is.
  mutating func features(
    of images: [LabelledImage], augmentation: Augmentation = [], seed: UInt64 = 0, view: Int = 0,
    _ report: (TrainingEvent) throws -> Void
  ) throws -> FeatureSet {
    let memory = try ScratchMemory(count: images.count * engine.featureCount * 4, in: scratchFolders)
    guard let base = memory.bytes.baseAddress else { throw TrainingError.noImages }
    let records = base.assumingMemoryBound(to: Float.self)
    let loader = ImageLoader(input: input, fitting: fitting, augmentation: augmentation, seed: seed)
    var reading = ImageReading(loader, batchSize: engine.memory.imagesPerRead, done: done, total: total)
    var sources: [Int] = []
    try reading.read(images.map(\.image), view: view, report) { batch in
      try batch.pixels.withUnsafeBufferPointer { pixels in
        guard let pixels = pixels.baseAddress else { return }
        try engine.computeFeatures(
          of: pixels, count: batch.indices.count, into: records + sources.count * engine.featureCount)
      }
      sources += batch.indices
      if engine.options.memoryLimit != nil { memory.release() }
    }
    done += images.count
    return FeatureSet(labels: sources.map { images[$0].label }, sources: sources, memory: memory)
  }
}
