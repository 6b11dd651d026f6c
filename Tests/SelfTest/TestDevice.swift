import Engine
import Foundation
import OpenCL

/// The device that tests run on.
enum TestDevice {
  static let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mlpack-tests-programs")
    .path

  /// Opens it, with the programs kept that other tests have built: the driver's compiler takes longer than the tests do.
  static func open(_ folder: String = folder) throws(OpenCLError) -> Device {
    try Devices.open(programs: ProgramCache(folder: folder))
  }

  /// A family of kernels as it is shipped, with other texts for some files.
  static func kernels(
    _ family: KernelFamily = .cpu, replacing texts: [String: String] = [:], in folder: String = folder
  ) throws -> KernelCatalogue {
    let device = try open(folder)
    return KernelCatalogue(device, KernelVariant(family, on: device.info), replacing: texts)
  }

  /// The kernels for GPUs with operands that may be halves, and images where a tiling has any.
  static func kernelsForGPUs(
    readingImages: Bool, replacing texts: [String: String] = [:]
  ) throws -> KernelCatalogue {
    let device = try open()
    var variant = KernelVariant(.gpu, on: device.info, frozenActivations: .half)
    if readingImages, let product = Tiling.products.first(where: \.readsImage) {
      variant.tiling.product = product
    }
    return KernelCatalogue(device, variant, replacing: texts)
  }

  static let isLong = ProcessInfo.processInfo.environment["MLPACK_LONG_TESTS"] != nil
}
