package import Engine
import OpenCL

/// What earlier self-tests found, kept beside a device's programs: until its driver or the kernels change. What is damaged
/// there, or cannot be kept, is not known.
package struct KnownResults {
  /// What a self-test was of.
  package enum Subject {
    /// All kernels.
    case everything
    /// Those of a training run, which follow from this text.
    case run(String)
  }

  /// What was found.
  package enum Result: Equatable {
    case passed
    /// Names of kernels.
    case failed([String])
  }

  private let kernels: KernelCatalogue

  package init(_ kernels: KernelCatalogue) { self.kernels = kernels }

  package subscript(_ subject: Subject) -> Result? {
    kernels.device.kept(entry(subject), for: kernels.source).flatMap(Result.init(kept:))
  }

  package func keep(_ result: Result, _ subject: Subject) {
    _ = try? kernels.device.keep(result.kept, entry(subject), for: kernels.source)
  }

  private func entry(_ subject: Subject) -> String {
    let what = if case .run(let text) = subject { text } else { "everything" }
    return "selftest 1 of \(kernels.variant): \(what)"
  }
}

extension KnownResults.Result {
  private static let passedWord = "passed"
  private static let failedWord = "failed"

  /// A word, and the names of kernels that failed; blanks between them.
  var kept: [UInt8] {
    switch self {
    case .passed: Array(Self.passedWord.utf8)
    case .failed(let kernels): Array(([Self.failedWord] + kernels).joined(separator: " ").utf8)
    }
  }

  init?(kept bytes: [UInt8]) {
    let words = String(decoding: bytes, as: UTF8.self).split(separator: " ").map(String.init)
    switch words.first {
    case Self.passedWord where words.count == 1: self = .passed
    case Self.failedWord where words.count > 1: self = .failed(Array(words.dropFirst()))
    default: return nil
    }
  }
}
