import Engine
import ImageFiles
import ModelGraph
import SystemFiles

/// Takes images from their files through the frozen layers.
struct FeatureExtraction {
  private let engine: Engine
  private let scratchFolders: [String]
  private var reading: ImageReading

  /// - Parameter total: Images of all calls of ``features(of:_:)`` together.
  init(
    _ engine: Engine, _ pack: Pack, scratchFolders: [String], total: Int, fitting: AspectFitting = .stretch
  ) throws(TrainingError) {
    self.engine = engine
    self.scratchFolders = scratchFolders
    reading = try ImageReading(pack, total: total, fitting: fitting)
  }

  /// The features of those of `files` that can be read, in their order.
  mutating func features(
    of files: [LabelledImage], _ report: (TrainingEvent) throws -> Void
  ) throws -> FeatureSet {
    let memory = try ScratchMemory(count: files.count * engine.featureCount * 4, in: scratchFolders)
    guard let base = memory.bytes.baseAddress else { throw TrainingError.noImages }
    let records = base.assumingMemoryBound(to: Float.self)
    var labels: [Int] = []
    try reading.read(files.map(\.image), report) { batch in
      try batch.pixels.withUnsafeBufferPointer { pixels in
        guard let images = pixels.baseAddress else { return }
        try engine.computeFeatures(
          of: images, count: batch.indices.count, into: records + labels.count * engine.featureCount)
      }
      labels += batch.indices.map { files[$0].label }
    }
    return FeatureSet(labels: labels, memory: memory)
  }
}
