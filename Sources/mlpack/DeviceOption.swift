import ArgumentParser
import OpenCL

/// `--device`, and its twin in the environment.
struct DeviceOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The OpenCL device, by its index or a part of its name in 'mlpack devices'. (default: MLPACK_DEVICE, else \
      the first GPU, else the first device)
      """,
      valueName: "device"))
  var device: String?

  func open() throws(OpenCLError) -> Device {
    try Devices.open(
      device ?? Terminal.environment("MLPACK_DEVICE"),
      programs: CacheFolder.path("programs").map(ProgramCache.init))
  }

  /// Opens the device, and says which one it is where more is to be told.
  func open(_ verbosity: VerbosityOptions) throws(OpenCLError) -> Device {
    let device = try open()
    if verbosity.verbose { StandardError.write(device.info.rows.map { aligned($0.0, $0.1) }.joined()) }
    return device
  }
}

extension DeviceInfo {
  /// What a person may want to know of the device that computes.
  var rows: [(String, String)] {
    [
      ("device", "\(name) (\(platform))"), ("driver", "\(version), \(driverVersion)"),
      ("memory", "\(byteSize(globalMemory)), \(byteSize(largestBuffer)) at once"),
    ]
  }
}
