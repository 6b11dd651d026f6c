/// How an engine is set up.
public struct EngineOptions: Sendable, Hashable {
  /// The most images of one training step or evaluation.
  public var batchSize: Int
  public var optimizer = Optimizer()
  public var loss = LossSettings()
  /// As what features are kept between the two halves.
  public var featurePrecision = FeaturePrecision.float32
  /// Bytes that the run may take; nil for as much as there is.
  public var memoryLimit: Int?
  /// Where activations go that do not fit, in order of preference.
  public var spillFolders: [String] = []
  /// The most images that go through the trained layers at once, where the device has room for no more; nil for as many
  /// as the memory limit allows.
  public var largestMicroBatch: Int?
  /// From which the draws of dropout follow.
  public var seed: UInt64 = 0

  public init(batchSize: Int) { self.batchSize = batchSize }
}
