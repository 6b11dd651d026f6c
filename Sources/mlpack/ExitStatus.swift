import Engine
import Glibc
import ImageFiles
import KerasFiles
import ModelGraph
import OpenCL
import PackFile
import SystemFiles
import Training

/// The end of a command that did what it was asked to and has said all there is to say, where the answer is in its
/// status too.
struct Verdict: Error {
  let status: ExitStatus
}

/// What the program's exit status says; the numbers are those of `sysexits.h`.
enum ExitStatus: Int32 {
  case done = 0
  /// The files differ.
  case different = 1
  case usage = 64
  case badData = 65
  case noInput = 66
  case noDevice = 69
  case internalError = 70
  case cannotWrite = 73
  case outOfMemory = 75
  /// By a signal, with a checkpoint written.
  case interrupted = 130

  /// The one place that decides which error ends in which status.
  init(for error: any Error) {
    switch error {
    case let error as FileError: self = ExitStatus(for: error)
    case is OutputError: self = .cannotWrite
    case let error as CommandError: self = error.kind == .usage ? .usage : .badData
    case is MaskError: self = .usage
    case let error as KerasFileError: self = ExitStatus(for: error.problem)
    case let error as DatasetError: self = ExitStatus(for: error)
    case let error as ImageError: self = ExitStatus(for: error)
    case let error as EngineError: self = ExitStatus(for: error)
    case let error as TrainingError: self = ExitStatus(for: error)
    case is PackError, is GraphError, is DeltaError: self = .badData
    case let error as OpenCLError: self = ExitStatus(for: error)
    default: self = .internalError
    }
  }

  private init(for problem: KerasFileError.Problem) {
    switch problem {
    case .inputSize: self = .usage
    case .notWritten: self = .cannotWrite
    default: self = .badData
    }
  }

  private init(for error: FileError) {
    switch error.kind {
    case _ where error.code == ENOMEM: self = .outOfMemory
    case .notFound, .cannotRead: self = .noInput
    case .cannotWrite, .notSynced, .inUse: self = .cannotWrite
    }
  }

  private init(for error: OpenCLError) {
    switch error {
    // CL_MEM_OBJECT_ALLOCATION_FAILURE, CL_OUT_OF_HOST_MEMORY
    case .callFailed(_, code: -4, _), .callFailed(_, code: -6, _): self = .outOfMemory
    default: self = .noDevice
    }
  }

  private init(for error: DatasetError) {
    switch error {
    case .notFound, .cannotRead: self = .noInput
    case .badFraction: self = .usage
    default: self = .badData
    }
  }

  private init(for error: ImageError) {
    switch error {
    case .notFound, .cannotRead: self = .noInput
    default: self = .badData
    }
  }

  private init(for error: EngineError) {
    switch error {
    case .cannotTrain, .beyondHalfPrecision, .noSuchKernels: self = .usage
    case .overMemoryLimit: self = .outOfMemory
    default: self = .badData
    }
  }

  private init(for error: TrainingError) {
    switch error {
    case .nothingToTrain, .nothingToValidateOn, .otherRun: self = .usage
    case .interrupted: self = .interrupted
    default: self = .badData
    }
  }
}
