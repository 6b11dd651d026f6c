/// A reader of bytes that may come from anywhere, and what must hold whatever they are.
protocol FuzzTarget: Sendable {
  /// As `tools/fuzz/run` and the folders of seeds call it.
  static var name: String { get }

  init()

  /// Reads the bytes; calls `broken` where a promise does not hold. A trap, a hang or too much memory speaks for itself.
  func check(_ bytes: [UInt8])

  /// The same bytes with what guards them set right (checksums, lengths), so that a reader looks behind it.
  func repaired(_ bytes: [UInt8]) -> [UInt8]

  /// Small sound files to begin with, by name.
  ///
  /// - Parameter fixtures: The folder `fixtures` of the repository.
  func seeds(fixtures: String) throws -> [String: [UInt8]]
}

extension FuzzTarget {
  func repaired(_ bytes: [UInt8]) -> [UInt8] { bytes }
}

/// All of them. One more reader is one more file in `Targets`, and its name here.
let allTargets: [any FuzzTarget.Type] = [
  PackTarget.self, DeltaTarget.self, ConfigurationTarget.self, ArchiveTarget.self, ImageTarget.self,
  RecordTarget.self, ManifestTarget.self, MaskTarget.self,
]

/// Ends the process as a crash that libFuzzer keeps the input of.
func broken(_ promise: String) -> Never { fatalError("broken promise: \(promise)") }
