import SystemFiles

@testable import KerasFiles

/// What the sandbox answers: libhdf5 may have been taken over by the file that it reads.
struct AnswerTarget: FuzzTarget {
  static let name = "answer"

  /// Stands for the file that tensors of an answer may lie in.
  private let file: SharedBytes

  init() {
    guard let file = try? SharedBytes(count: 1 << 16, fill: { _ in }) else {
      fatalError("no memory for a file")
    }
    self.file = file
  }

  func check(_ bytes: [UInt8]) {
    guard let again = try? SandboxRehearsal.again(bytes, for: file) else { return }
    guard again == bytes else { broken("an answer has one encoding") }
  }

  /// Answers for real files that are small.
  func seeds(fixtures: String) throws -> [String: [UInt8]] {
    var seeds: [String: [UInt8]] = [:]
    for name in ["answers.h5", "answers.weights.h5", "no_network.h5"] {
      seeds[name] = try SandboxRehearsal.answer(for: try SharedBytes(path: "\(fixtures)/hdf5/\(name)"))
    }
    return seeds
  }
}
