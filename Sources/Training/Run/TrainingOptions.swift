public import Engine

/// How a network is trained.
public struct TrainingOptions: Sendable, Hashable {
  public var epochs = 100
  /// Images an update; a last batch of an epoch may be smaller.
  public var batchSize = 163
  public var optimizer = Optimizer()
  public var schedule = LearningRateSchedule(base: 0.003)
  public var loss = LossSettings()
  /// Everything random follows from it.
  public var seed: UInt64 = 0
  /// Whether the images of each epoch come in another order.
  public var shuffle = true
  /// What validation is judged by.
  public var monitor = Monitor.loss
  /// Epochs without improvement after which the run ends; nil to run all epochs.
  public var patience: Int?
  /// Whether the run ends with the weights of the best epoch instead of the last.
  public var keepsBest = false
  public var images = ImageSettings()
  public var features = FeaturePolicy.cached(views: 1)
  /// As what features are kept, in the cache and in memory.
  public var featurePrecision = FeaturePrecision.float32
  /// Where features are kept for other runs; nil for nowhere.
  public var cache: FeatureCache?
  /// Bytes that the run may take, the device's driver not counted; nil for as much as there is.
  public var memoryLimit: Int?
  /// Updates after which a checkpoint is written, besides that of each epoch; nil for no others.
  public var checkpointEvery: Int?
  /// Where features and activations that do not fit in memory go, in order of preference.
  public var scratchFolders: [String] = []

  public init() {}

  var engine: EngineOptions {
    var options = EngineOptions(batchSize: batchSize)
    options.optimizer = optimizer
    options.loss = loss
    options.featurePrecision = featurePrecision
    options.memoryLimit = memoryLimit
    options.spillFolders = scratchFolders
    options.seed = seed
    return options
  }
}

/// What becomes of the features of the training images: what the frozen layers give for them.
public enum FeaturePolicy: Sendable, Hashable {
  /// Computed once before the first epoch, for so many augmented views of each image, of which each epoch takes one.
  case cached(views: Int)
  /// Computed anew for each batch, each time from another view.
  case computedAnew

  /// The view of each image that an epoch, from 1, trains on.
  func view(inEpoch epoch: Int) -> Int {
    switch self {
    case .cached(let views): (epoch - 1) % max(views, 1)
    case .computedAnew: epoch - 1
    }
  }
}
