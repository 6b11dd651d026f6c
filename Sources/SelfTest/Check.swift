import Engine

/// What a device gave for one operation, beside double precision.
public struct Check: Sendable, Hashable {
  /// For people, in the words of the kernels' files: "depthwise_conv2d, backward filter".
  public let operation: String
  /// Of its operands.
  public let shape: String
  /// The kernels that ran.
  public let kernels: [String]
  /// Of the element that uses most of its bound.
  public let error: Double
  /// How far that element may be off in single precision.
  public let bound: Double

  public var isPassed: Bool { error <= bound }

  init(_ operation: String, shape: String, _ kernels: [KernelRun], _ deviation: Deviation) {
    self.operation = operation
    self.shape = shape
    self.kernels = Set(kernels.map(\.name)).sorted()
    error = deviation.error
    bound = deviation.bound
  }
}

/// The results of checks, and what they cost.
public struct Findings: Sendable {
  public internal(set) var checks: [Check] = []
  /// Of all of it.
  public internal(set) var seconds = 0.0
  /// Of the driver's compiler.
  public internal(set) var secondsOfBuilding = 0.0

  public var failed: [Check] { checks.filter { !$0.isPassed } }
  /// Names of the kernels that ran.
  public var kernels: Set<String> { Set(checks.flatMap(\.kernels)) }
  /// Kernels that ran in a check that failed.
  public var suspects: Set<String> { Set(failed.flatMap(\.kernels)) }
}
