public import OpenCL

/// The most multiply-adds that a device does: Kernels/peak.cl.
public final class PeakRate {
  private static let repetitions = 40_000

  private let kernels: KernelCatalogue
  private let items: Int
  private let output: Buffer

  public init(_ device: Device) throws(OpenCLError) {
    kernels = KernelCatalogue(device)
    items = 16 * max(device.info.computeUnits, 1)
    output = try Buffer(device, count: items * ActivationShape.block)
  }

  /// Multiply-adds of one run.
  public var multiplyAdds: Int { items * PeakRate.repetitions * kernels.tile * ActivationShape.block }

  /// Runs once, and waits for the end.
  public func run() throws(OpenCLError) {
    try kernels.device.enqueue(
      kernels.kernel("peak_multiply_add"), global: [items],
      [.buffer(output), .uint(PeakRate.repetitions), .float(0.5)])
    try kernels.device.finish()
  }
}
