/// How a run is kept from being lost.
public struct RunControl {
  /// Where checkpoints go; nil for none.
  public var checkpointPath: String?
  /// What the run is started with, by option; see ``Checkpoint/identity``.
  public var identity: [String: String] = [:]
  /// From where it goes on; nil for the start.
  public var resumed: Checkpoint?
  /// Asked after each update and each batch of images that was read: whether to write a checkpoint and end.
  public var isInterrupted: () -> Bool = { false }

  public init() {}
}
