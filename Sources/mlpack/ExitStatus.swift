import Engine
import Glibc
import ImageFiles
import KerasFiles
import ModelGraph
import OpenCL
import PackFile
import SelfTest
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
  /// The files differ, or a self-test failed.
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
    // Of the statuses, the one for a device that fails: no other file or option would make it right.
    case is SelfTestError: self = .noDevice
    case let error as PackError: self = error.isOfMemory ? .outOfMemory : .badData
    case is GraphError, is DeltaError: self = .badData
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
    self = error.isOutOfMemory ? .outOfMemory : .noDevice
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
    // Images and device are as they should be; it is an option that has to be another.
    case .notFinite(let finding, _, _) where !finding.isOfFrozenLayers: self = .usage
    case .deviceFailed: self = .noDevice
    case .interrupted: self = .interrupted
    default: self = .badData
    }
  }
}
