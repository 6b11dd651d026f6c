public import OpenCL

/// The most multiply-adds that a device does: Kernels/peak.cl.
public final class PeakRate {
  private static let repetitions = 40_000

  private let kernels: KernelCatalogue
  private let groups: Int
  private let output: Buffer

  /// - Parameter variant: nil for what runs on the device where nothing else is asked for.
  /// - Throws: `OpenCLError`, or ``EngineError/noSuchKernels(_:)``.
  public init(_ device: Device, kernels variant: KernelVariant? = nil) throws {
    kernels = KernelCatalogue(device, try variant ?? .chosen(for: device))
    groups = 16 * max(device.info.computeUnits, 1)
    output = try Buffer(device, count: groups * kernels.itemsPerGroup * ActivationShape.block)
  }

  /// Multiply-adds of one run.
  public var multiplyAdds: Int {
    groups * kernels.itemsPerGroup * PeakRate.repetitions * kernels.tile * ActivationShape.block
  }

  /// Runs once, and waits for the end.
  public func run() throws(OpenCLError) {
    try kernels.enqueue(
      "peak_multiply_add", groups: [groups],
      [.buffer(output), .uint(PeakRate.repetitions), .float(0.5)])
    try kernels.device.finish()
  }
}
