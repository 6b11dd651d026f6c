import Engine
public import ImageFiles
public import ModelGraph
public import OpenCL
import SystemFiles

/// Runs a pack as it is over images.
public enum Evaluator {
  private static let batchSize = 64

  /// Loss, accuracy and confusion over labelled images.
  ///
  /// - Parameters:
  ///   - scratchFolders: Where what the network gives of very many images may go for a while, in order of preference.
  ///   - report: Hears of `reading` and `brokenImages`.
  /// - Throws: `TrainingError`, `EngineError`, `OpenCLError`, `FileError`, or what `report` throws.
  public static func evaluate(
    _ pack: Pack, _ images: [LabelledImage], fitting: AspectFitting = .stretch,
    scratchFolders: [String] = [], _ device: Device,
    _ report: (TrainingEvent) throws -> Void
  ) throws -> Evaluation {
    guard !images.isEmpty else { throw TrainingError.noImages }
    let frozen = try pack.refrozen(FreezeMask())
    let engine = try Engine(frozen, EngineOptions(batchSize: batchSize), device: device)
    var extraction = try FeatureExtraction(
      engine, frozen, scratchFolders: scratchFolders, total: images.count, fitting: fitting)
    let examination = try Examination(extraction.features(of: images, report), on: engine)
    let names = pack.labels.isEmpty ? (0..<engine.classCount).map { "class \($0)" } : pack.labels
    return Evaluation(labels: names, confusion: examination.confusion, loss: examination.tally.loss ?? 0)
  }

  /// The probabilities of each class for each image.
  ///
  /// - Throws: As `evaluate`, and `ImageError` for the first image that cannot be read.
  public static func predict(
    _ pack: Pack, _ images: [ImageReference], fitting: AspectFitting = .stretch, _ device: Device
  ) throws -> [Prediction] {
    let frozen = try pack.refrozen(FreezeMask())
    let engine = try Engine(frozen, EngineOptions(batchSize: batchSize), device: device)
    var predictions: [Prediction] = []
    try forEachBatch(of: images, fitting, frozen) { batch in
      let count = batch.indices.count
      let records = try ScratchMemory(count: count * engine.featureBytes, in: [])
      try batch.pixels.withUnsafeBufferPointer { pixels in
        guard let images = pixels.baseAddress, let base = records.bytes.baseAddress else { return }
        try engine.computeFeatures(of: images, count: count, into: base)
      }
      let probabilities = try engine.probabilities(
        FeatureRecords(UnsafeRawBufferPointer(records.bytes)), indices: Array(0..<count)[...])
      withExtendedLifetime(records) {}
      for (position, file) in batch.indices.enumerated() {
        let row = probabilities[position * engine.classCount..<(position + 1) * engine.classCount]
        predictions.append(Prediction(file: images[file].description, probabilities: Array(row)))
      }
    }
    return predictions
  }

  /// What the last layer of a network without classifier gives for each image.
  ///
  /// - Throws: As `predict`.
  public static func features(
    _ pack: Pack, _ images: [ImageReference], fitting: AspectFitting = .stretch, _ device: Device
  ) throws -> [Features] {
    let frozen = try pack.refrozen(FreezeMask())
    let extractor = try FeatureExtractor(frozen, device: device)
    var features: [Features] = []
    try forEachBatch(of: images, fitting, frozen) { batch in
      let count = batch.pixels.count / batch.indices.count
      for (position, file) in batch.indices.enumerated() {
        let image = Array(batch.pixels[position * count..<(position + 1) * count])
        features.append(
          Features(
            file: images[file].description, shape: extractor.outputShape,
            values: try extractor.features(of: image)))
      }
    }
    return features
  }

  private static func forEachBatch(
    of images: [ImageReference], _ fitting: AspectFitting, _ pack: Pack, _ body: (ImageBatch) throws -> Void
  ) throws {
    let loader = ImageLoader(input: try NetworkInput(of: pack), fitting: fitting)
    for batch in loader.batches(of: images, size: batchSize) {
      if let broken = batch.broken.first { throw broken.error }
      try body(batch)
    }
  }
}
