import ArgumentParser
import Engine
import SystemFiles
import Training

/// What becomes of the features, of memory, and of a run that is interrupted.
struct RunOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Augmented views of each image that are kept, of which each epoch takes one. (default: 4 with --augment)",
      valueName: "n"))
  var views: Int?

  @Flag(help: "Decode, augment and run the images through the frozen layers anew in each epoch.")
  var noCache = false

  @Option(
    help: ArgumentHelp(
      "Where what the frozen layers give is kept for later runs. (default: mlpack/features in the user's cache)",
      valueName: "folder"))
  var cacheDir: String?

  @Option(
    help: ArgumentHelp(
      "As what it is kept: f32, as it was computed, or f16, rounded to half of the memory and disk.",
      valueName: "dtype"))
  var cacheDtype = CacheDType.f32

  @Option(
    help: ArgumentHelp(
      "The most memory to use, the device's driver not counted: 64MB, 1GiB.", valueName: "size"))
  var memoryLimit: ByteSize?

  @Option(
    help: ArgumentHelp(
      "Write a checkpoint every so many updates, besides that of each epoch.", valueName: "n"))
  var checkpointEvery: Int?

  @Flag(help: "Go on from the last checkpoint of the run that was to write the output.")
  var resume = false

  func validate() throws {
    if let views, !(1...1000).contains(views) { throw ValidationError("--views must be between 1 and 1000") }
    if views != nil && noCache {
      throw ValidationError("--views and --no-cache contradict each other; give one")
    }
    if cacheDir != nil && noCache {
      throw ValidationError("--cache-dir and --no-cache contradict each other; give one")
    }
    if cacheDtype != .f32 && noCache {
      throw ValidationError("--cache-dtype and --no-cache contradict each other; give one")
    }
    if let checkpointEvery, checkpointEvery < 1 {
      throw ValidationError("--checkpoint-every must be at least 1")
    }
  }

  /// - Parameter isAugmented: Whether one view of an image differs from another.
  func features(isAugmented: Bool) -> FeaturePolicy {
    noCache ? .computedAnew : .cached(views: isAugmented ? views ?? 4 : 1)
  }

  /// Where features are kept.
  ///
  /// - Throws: `FileError` where the folder that was asked for cannot be written to; without the user's own a run only takes
  ///   longer.
  func cache() throws(FileError) -> FeatureCache? {
    if noCache { return nil }
    if let cacheDir {
      try Folders.create(cacheDir)
      try AtomicFile.check(writable: cacheDir + "/new.features")
    }
    return (cacheDir ?? CacheFolder.path("features")).map { FeatureCache(folder: $0) }
  }
}

/// `--cache-dtype`.
enum CacheDType: String, ExpressibleByArgument, CaseIterable {
  case f32, f16

  var precision: FeaturePrecision {
    switch self {
    case .f32: .float32
    case .f16: .float16
    }
  }
}
