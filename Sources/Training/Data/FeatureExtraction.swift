import Engine
import ImageFiles
import ModelGraph
import SystemFiles

/// Takes images from their files through the frozen layers, or from the cache what they gave before.
struct FeatureExtraction {
  private let engine: Engine
  private let input: NetworkInput
  private let fitting: AspectFitting
  private let scratchFolders: [String]
  private let cache: FeatureCache?
  /// Of all but the images; nil without a cache.
  private let prefixDigest: String?
  /// Images of all calls of ``features(of:augmentation:seed:view:_:)`` together.
  private let total: Int
  private var done = 0

  init(
    _ engine: Engine, _ pack: Pack, scratchFolders: [String], cache: FeatureCache? = nil, total: Int,
    fitting: AspectFitting
  ) throws(TrainingError) {
    self.engine = engine
    self.fitting = fitting
    self.scratchFolders = scratchFolders
    self.cache = cache
    self.total = total
    input = try NetworkInput(of: pack)
    prefixDigest = cache.map { _ in engine.prefixDigest(of: pack) }
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
    let loader = ImageLoader(input: input, fitting: fitting, augmentation: augmentation, seed: seed)
    let key = images.isEmpty ? nil : key(of: images, loader, view: view)
    let keepsMemory = keepsMemory(of: images.count)
    if let key, let stored = cache?.find(key, images: images.count, of: form, keepsMemory: keepsMemory),
      let broken = broken(images, besides: stored.sources)
    {
      return try reuse(stored, of: images, broken, report)
    }
    return try compute(images, loader, view: view, key, report)
  }

  private var form: RecordForm {
    RecordForm(count: engine.featureCount, precision: engine.options.featurePrecision)
  }

  /// Bytes of features that may stay in memory; more wait in their file, where they are nearly as near.
  private static let mostInMemory = 64_000_000

  /// Whether what was read of so many images' features may stay in memory.
  private func keepsMemory(of images: Int) -> Bool {
    engine.options.memoryLimit == nil && images * form.byteCount <= FeatureExtraction.mostInMemory
  }

  /// What an entry of the cache depends on: the frozen layers with all that they run on, as what their features are
  /// kept, how images are fitted and varied, and the bytes of each image in its place; nil without a cache.
  private func key(of images: [LabelledImage], _ loader: ImageLoader, view: Int) -> String? {
    guard let prefixDigest else { return nil }
    let augmentation = loader.augmentation
    // Where nothing varies, neither seed nor view matters.
    let variation = augmentation.isEmpty ? "" : "\(augmentation.rawValue) \(loader.seed) \(view)"
    var digest = Digest()
    for text in [prefixDigest, form.precision.rawValue, fitting.rawValue, variation] {
      digest.update(Array(text.utf8) + [0])
    }
    for content in Parallel.map(images.count, { images[$0].image.digest }) {
      digest.update(Array((content ?? "unreadable").utf8) + [0])
    }
    return digest.hex()
  }

  /// Why the images that an entry lacks cannot be used; nil where one can, which only for a while could not be read.
  private func broken(_ images: [LabelledImage], besides sources: [Int]) -> [ImageError]? {
    let usable = Set(sources)
    let lacking = images.indices.filter { !usable.contains($0) }
    let errors = lacking.compactMap { error(of: images[$0].image) }
    return errors.count == lacking.count ? errors : nil
  }

  private mutating func reuse(
    _ stored: StoredFeatures, of images: [LabelledImage], _ broken: [ImageError],
    _ report: (TrainingEvent) throws -> Void
  ) throws -> FeatureSet {
    done += images.count
    try report(.reading(done: done, of: total))
    if !broken.isEmpty { try report(.brokenImages(broken)) }
    let records = stored.file.withUnsafeBytes { bytes in
      self.records(
        UnsafeRawBufferPointer(rebasing: bytes[stored.range]), images: images.count, of: stored.file)
    }
    return FeatureSet(
      labels: stored.sources.map { images[$0].label }, sources: stored.sources, records: records)
  }

  /// - Parameter memory: That of the bytes.
  private func records(
    _ bytes: UnsafeRawBufferPointer, images: Int, of memory: some FileMemory
  ) -> FeatureRecords {
    engine.records(bytes, of: memory, in: keepsMemory(of: images) ? nil : memory)
  }

  /// Why an image cannot be used.
  private func error(of image: ImageReference) -> ImageError? {
    do throws(ImageError) {
      _ = try ImageDecoder.decode(image)
      return nil
    } catch {
      return error
    }
  }

  private mutating func compute(
    _ images: [LabelledImage], _ loader: ImageLoader, view: Int, _ key: String?,
    _ report: (TrainingEvent) throws -> Void
  ) throws -> FeatureSet {
    let memory = try ScratchMemory(count: images.count * form.byteCount, in: scratchFolders)
    let read = try ScratchMemory(count: engine.memory.imagesPerRead * form.byteCount, in: [])
    guard let base = memory.bytes.baseAddress, let first = read.bytes.baseAddress else {
      throw TrainingError.noImages
    }
    let keepsMemory = keepsMemory(of: images.count)
    var reading = ImageReading(loader, batchSize: engine.memory.imagesPerRead, done: done, total: total)
    var sources: [Int] = []
    try reading.read(images.map(\.image), view: view, report) { batch in
      try batch.pixels.withUnsafeBufferPointer { pixels in
        guard let pixels = pixels.baseAddress else { return }
        try engine.computeFeatures(of: pixels, count: batch.indices.count, into: first)
      }
      try memory.write(
        UnsafeRawBufferPointer(rebasing: read.bytes[..<(batch.indices.count * form.byteCount)]),
        at: sources.count * form.byteCount)
      sources += batch.indices
      if !keepsMemory { memory.release() }
    }
    done += images.count
    let bytes = UnsafeRawBufferPointer(start: base, count: sources.count * form.byteCount)
    if let key, !sources.isEmpty {
      cache?.keep(bytes, sources: sources, of: form, as: key) { if !keepsMemory { memory.release() } }
    }
    return FeatureSet(
      labels: sources.map { images[$0].label }, sources: sources,
      records: records(bytes, images: images.count, of: memory))
  }
}
