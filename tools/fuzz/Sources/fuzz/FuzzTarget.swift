/// A reader of bytes that may come from anywhere, and what must hold whatever they are.
protocol FuzzTarget: Sendable {
  /// As `tools/fuzz/run` and the folders of seeds call it.
  static var name: String { get }

  init()

  /// Reads the bytes; calls `broken` where a promise does not hold. A trap, a hang or too much memory speaks for itself.
  func check(_ bytes: [UInt8])

  /// Sets one thing right that keeps the reader from looking further: a checksum, a length.
  ///
  /// - Returns: Whether anything was changed; then it is called again.
  func repair(_ bytes: inout [UInt8]) -> Bool

  /// Small sound files to begin with, by name.
  ///
  /// - Parameter fixtures: The folder `fixtures` of the repository.
  func seeds(fixtures: String) throws -> [String: [UInt8]]
}

extension FuzzTarget {
  func repair(_ bytes: inout [UInt8]) -> Bool { false }

  /// Checks the bytes, and what becomes of them when they are repaired: a checksum stops a fuzzer at the front door.
  ///
  /// - Parameter willRead: Is given each state of them before the reader sees it.
  func checkRepaired(_ bytes: [UInt8], _ willRead: ([UInt8]) -> Void = { _ in }) {
    var bytes = bytes
    for _ in 0..<24 {
      willRead(bytes)
      guard repair(&bytes) else { break }
    }
    willRead(bytes)
    check(bytes)
  }
}

/// All of them. One more reader is one more file in `Targets`, and its name here.
let allTargets: [any FuzzTarget.Type] = [
  PackTarget.self, DeltaTarget.self, ConfigurationTarget.self, ArchiveTarget.self, ImageTarget.self,
  RecordTarget.self, ManifestTarget.self, MaskTarget.self, AnswerTarget.self,
]

/// Ends the process as a crash that libFuzzer keeps the input of.
func broken(_ promise: String) -> Never { fatalError("broken promise: \(promise)") }
