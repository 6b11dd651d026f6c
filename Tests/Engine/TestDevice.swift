import Engine
import Foundation
import ModelGraph
import OpenCL

/// The device that tests run on.
enum TestDevice {
  /// Opens it, with the programs kept that other tests have built: the driver's compiler takes longer than the tests do.
  static func open() throws(OpenCLError) -> Device {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mlpack-tests-programs")
    return try Devices.open(programs: ProgramCache(folder: folder.path))
  }

  /// An engine on it that runs one family of kernels as it is shipped.
  static func engine(_ pack: Pack, _ options: EngineOptions, _ family: KernelFamily) throws -> Engine {
    let device = try open()
    return try Engine(pack, options, device: device, kernels: KernelVariant(family, on: device.info))
  }
}
