import CKernels
import OpenCL

/// The kernels of this program, built for a device.
final class KernelCatalogue {
  let device: Device
  private let program: Program

  init(_ device: Device) throws(OpenCLError) {
    self.device = device
    program = try Program(
      device, name: "mlpack", sources: KernelCatalogue.sources,
      // -w: PoCL's compiler prints to the terminal that it counted warnings, about the width of vectors.
      options: ["-cl-std=CL1.2", "-w", "-D TILE=\(KernelCatalogue.tile(for: device.info))"])
  }

  /// Pixels in a register tile.
  var tile: Int { KernelCatalogue.tile(for: device.info) }

  /// What decides which numbers the kernels give: device, driver, source.
  var identity: [String] {
    let info = device.info
    return [info.platform, info.name, info.version, info.driverVersion] + KernelCatalogue.sources.map(\.text)
  }

  func kernel(_ name: String) throws(OpenCLError) -> Kernel { try program.kernel(name) }

  /// The embedded OpenCL C files, in the order in which they build on each other.
  static var sources: [(name: String, text: String)] {
    (0..<kernel_source_count()).map { index in
      let source = kernel_source(index)
      return (String(cString: source.name), String(cString: source.source))
    }
  }

  /// Pixels in a register tile; see Kernels/common.cl.
  private static func tile(for info: DeviceInfo) -> Int { info.vectorWidth >= 16 ? 14 : 6 }

  /// How a range of pixels is cut for work-items: so large that a panel of weights is used often, and so small
  /// that every compute unit has something to do.
  func pixelsPerItem(_ pixels: Int) -> Int {
    let largest = 48 / tile * tile + (48 % tile == 0 ? 0 : tile)
    let share = (pixels + 2 * device.info.computeUnits - 1) / (2 * device.info.computeUnits)
    return min(largest, max(tile, (share + tile - 1) / tile * tile))
  }

  /// Pixels of an item of the kernels that do little with each.
  static let streamedPixels = 1024
}
