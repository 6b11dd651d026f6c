import Engine
import ImageFiles
import ModelGraph

/// What a run is to do, and where it keeps how far it has come.
struct TrainingTask {
  let pack: Pack
  let training: [LabelledImage]
  let validation: [LabelledImage]
  let options: TrainingOptions
  let kernels: KernelCatalogue
  let keeper: CheckpointKeeper
  /// See ``RunControl/isInterrupted``.
  let isInterrupted: () -> Bool

  /// - Parameter when: The step and epoch, for people.
  func notFinite(_ finding: NotFinite, _ when: String) -> TrainingError {
    .notFinite(finding, when: when, state: keeper.hasCheckpoint ? keeper.path : nil)
  }
}

/// The checkpoint of a run.
final class CheckpointKeeper {
  /// nil where none is kept.
  let path: String?
  let identity: [String: String]
  /// From where the process began; nil for the start.
  private let resumed: Checkpoint?
  private var isWritten = false

  init(_ control: RunControl) {
    path = control.checkpointPath
    identity = control.identity
    resumed = control.resumed
  }

  /// Whether the file is this run's.
  var hasCheckpoint: Bool { isWritten || resumed != nil }

  /// - Throws: `FileError` of kind `cannotWrite`.
  func keep(_ checkpoint: Checkpoint) throws {
    guard let path else { return }
    try CheckpointFile.write(checkpoint, to: path)
    isWritten = true
  }

  /// The last state that was kept; nil where that is the start.
  func last() throws -> Checkpoint? {
    guard isWritten, let path else { return resumed }
    return try CheckpointFile.read(path)
  }
}
