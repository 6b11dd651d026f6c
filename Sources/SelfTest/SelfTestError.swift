/// Why a device is not trusted with a run.
public enum SelfTestError: Error, Sendable, CustomStringConvertible {
  /// Kernels that the run takes gave what is no rounding of the truth.
  case wrong(kernels: [String], device: String, example: String)

  public var description: String {
    switch self {
    case .wrong(let kernels, let device, let example):
      "\(device) computes wrong numbers in \(kernels.joined(separator: ", "))\(example); "
        + "train on another device (--device), or with the other kernels (MLPACK_KERNELS=cpu or gpu); "
        + "'mlpack selftest' shows all"
    }
  }
}

extension SelfTestError {
  init(_ failed: [Check], device: String) {
    let example = failed.first.map { check in
      " (\(check.operation): off by \(check.error) where \(check.bound) may be)"
    }
    self = .wrong(
      kernels: Set(failed.flatMap(\.kernels)).sorted(), device: device, example: example ?? "")
  }
}
