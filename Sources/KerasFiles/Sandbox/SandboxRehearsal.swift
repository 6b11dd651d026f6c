package import SystemFiles

/// The two sides of the sandbox without a process between them, for tests of what crosses it.
package enum SandboxRehearsal {
  /// What the sandbox answers to the question what network is in an HDF5 file.
  ///
  /// libhdf5 works in this process here: the file has to be one of our own.
  package static func answer(for file: SharedBytes) throws -> [UInt8] {
    let question = try SandboxRequest.network.shared()
    let answer = try question.withUnsafeBytes { try SandboxWork(FileImage(file)).answer(to: $0) }
    return try encoded(answer, file)
  }

  /// What is made of an answer; nil for all that is no network.
  ///
  /// - Throws: For what the sandbox does not answer, and where it is more than a network has.
  package static func network(of answer: [UInt8], for file: SharedBytes) throws -> StoredNetwork? {
    guard case .network(let network) = try decoded(answer, file) else { return nil }
    return network
  }

  /// An answer as it is encoded once it has been decoded.
  ///
  /// - Throws: As `network(of:for:)`.
  package static func again(_ answer: [UInt8], for file: SharedBytes) throws -> [UInt8] {
    try encoded(try decoded(answer, file), file)
  }

  /// The most bytes for which memory is taken at once while an answer is read, whether it makes sense or not.
  package static func largestPiece(of answer: [UInt8], for file: SharedBytes) -> Int {
    var rest = answer[...]
    var largest = 0
    let decoder = ByteDecoder { target in
      largest = max(largest, target.count)
      let count = min(target.count, rest.count)
      target.copyBytes(from: rest.prefix(count))
      rest = rest.dropFirst(count)
      return count
    }
    _ = try? decoded(decoder, file)
    return largest
  }

  private static func encoded(_ answer: SandboxAnswer, _ file: SharedBytes) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var encoder = ByteEncoder { bytes += $0 }
    try answer.encode(&encoder, file: FileImage(file))
    return bytes
  }

  private static func decoded(_ answer: [UInt8], _ file: SharedBytes) throws -> SandboxAnswer {
    try answer.withUnsafeBytes { bytes in
      try decoded(ByteDecoder(from: bytes), file)
    }
  }

  private static func decoded(_ decoder: ByteDecoder, _ file: SharedBytes) throws -> SandboxAnswer {
    var decoding = AnswerDecoding(decoder, file: FileImage(file), part: 0, budget: ReadingBudget())
    return try decoding.answer(maximumImage: 1 << 20)
  }
}
