internal import CChild
internal import CSandbox
internal import Glibc
internal import ModelGraph
internal import SystemFiles

/// Reads HDF5 behind a wall: libhdf5, which is not made for hostile files, runs in a child process that can do
/// nothing but compute (`CSandbox` says what it gives up first). What it hands over is taken to be hostile too.
///
/// The child is this very program, started again: there is nothing to install beside it, whichever program uses the
/// library. It must be a program that the library is a part of, not one that loaded it as a plug-in, and `/proc` has to
/// be there; where the child cannot be started there is an error, and the file stays unread.
enum Sandbox {
  /// What network is in an HDF5 file; nil where there is none that Keras has written.
  ///
  /// - Parameters:
  ///   - path: The file's, for errors.
  ///   - part: The file's number among those of the container.
  ///   - budget: What the container may still make us take.
  /// - Throws: `FileError` where there is no sandbox; `KerasFileError.Problem` for the file.
  static func network(
    in file: SharedBytes, at path: String, part: Int = 0, _ budget: inout ReadingBudget
  ) throws -> StoredNetwork? {
    switch try answer(to: .network, on: file, at: path, part: part, maximumImage: 0, &budget) {
    case .network(let network): return network
    case .noNetwork: return nil
    case .refused(let object, let why): throw KerasFileError.Problem.unreadable(object: object, why: why)
    case .image: throw KerasFileError.Problem.libraryFailed(nonsense)
    }
  }

  /// A copy of an HDF5 file with other bits for some of its datasets; all else stays as it is.
  ///
  /// - Throws: As `network(in:)`, and `notWritten` for what libhdf5 or a check before it refused.
  static func copy(
    of file: SharedBytes, at path: String, replacing replaced: [SandboxRequest.Replaced]
  ) throws -> [UInt8] {
    // Chunks may take more room than before, and libhdf5 reserves some.
    let room = replaced.reduce(16 << 20) { $0 + 2 * $1.tensor.bytes.count }
    var budget = ReadingBudget()
    let request = SandboxRequest.copy(replaced)
    switch try answer(to: request, on: file, at: path, part: 0, maximumImage: file.count + room, &budget) {
    case .image(let bytes): return bytes
    case .refused(let object, let why): throw KerasFileError.Problem.notWritten(object: object, why: why)
    case .network, .noNetwork: throw KerasFileError.Problem.libraryFailed(nonsense)
    }
  }

  private static let nonsense = "it gave an answer that makes no sense"

  private static func answer(
    to request: SandboxRequest, on file: SharedBytes, at path: String, part: Int, maximumImage: Int,
    _ budget: inout ReadingBudget
  ) throws -> SandboxAnswer {
    guard child_is_in_executable() else {
      throw FileError(.cannotRead, path: path, operation: "start of a process", code: ENOTSUP)
    }
    let child = try ChildProcess(
      named: String(cString: sandbox_program_name), reading: try request.shared(), file, for: path)
    file.prefetch()
    var decoding = AnswerDecoding(
      ByteDecoder { try child.read(into: $0) }, file: FileImage(file), part: part, budget: budget)
    let answer: SandboxAnswer
    do {
      answer = try decoding.answer(maximumImage: maximumImage)
    } catch is ByteDecoder.Nonsense {
      throw KerasFileError.Problem.libraryFailed(reason(child.finish()))
    }
    guard [.exited(status: 0), .unknown].contains(child.finish()) else {
      throw KerasFileError.Problem.libraryFailed(reason(child.finish()))
    }
    budget = decoding.budget
    return answer
  }

  /// Why there is no good answer.
  private static func reason(_ end: ChildProcess.End) -> String {
    switch end {
    case .exited(status: 0), .unknown: nonsense
    case .exited(let status): "it ended with status \(status)"
    case .outOfTime: "it took more than \(sandbox_seconds) seconds"
    case .signalled(let number): "it was ended by signal \(number)"
    }
  }
}
