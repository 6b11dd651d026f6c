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

  static let isLong = ProcessInfo.processInfo.environment["MLPACK_LONG_TESTS"] != nil
}
