import Foundation
import OpenCL

/// The device that tests run on.
enum TestDevice {
  /// Opens it, with the programs kept that other tests have built: the driver's compiler takes longer than the tests do.
  static func open() throws(OpenCLError) -> Device {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mlpack-tests-programs")
    return try Devices.open(programs: ProgramCache(folder: folder.path))
  }
}
