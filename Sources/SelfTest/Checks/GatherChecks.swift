import Engine
import ModelGraph
import Reference

/// Checks how the device brings the features of a batch together: the numbers are those that the host brings, bit for bit.
enum GatherChecks {
  static func check(
    _ shape: Shape, isImage: Bool, _ precision: FeaturePrecision, _ kernels: KernelCatalogue,
    into findings: inout Findings
  ) throws {
    let indices = [2, 0, 4, 4, 1]
    let probe = try GatherProbe(
      shape, isImage: isImage, precision, { Float($0 % 2039) / 8 - 100 }, indices: indices, kernels)
    var deviation = Deviation()
    deviation.add(
      probe.byDevice,
      Expected(exact: NDArray(shape: [probe.byHost.count], elements: probe.byHost.map(Double.init))))
    findings.checks.append(
      Check(
        "gather, \(precision.rawValue)",
        shape: shape.map(String.init).joined(separator: "×") + (isImage ? " plain" : "")
          + ", \(indices.count) images",
        probe.kernels, deviation))
  }
}
