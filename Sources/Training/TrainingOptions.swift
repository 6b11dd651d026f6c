/// How a network is trained.
public struct TrainingOptions: Sendable, Hashable {
  public var epochs = 100
  /// Images an update; a last batch of an epoch may be smaller.
  public var batchSize = 163
  public var learningRate: Float = 0.003
  /// Everything random follows from it.
  public var seed: UInt64 = 0
  /// Whether the images of each epoch come in another order.
  public var shuffle = true
  /// Where features that do not fit in memory go, in order of preference.
  public var scratchFolders: [String] = []

  public init() {}
}
