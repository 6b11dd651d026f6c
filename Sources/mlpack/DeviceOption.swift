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

  /// Opens the device. While its compiler runs, a terminal says so, unless all is to be quiet.
  func open(quiet: Bool) throws(OpenCLError) -> Device {
    let device = try Devices.open(
      device ?? Terminal.environment("MLPACK_DEVICE"),
      programs: CacheFolder.path("programs").map(ProgramCache.init))
    let name = device.info.name
    if !quiet {
      device.whenCompiling = { begins in
        guard begins else { return LiveLine.erase() }
        var line = LiveLine()
        line.draw(("compiling the kernels for \(name), once", ""), share: 0)
      }
    }
    return device
  }

  /// Opens the device, and says which one it is where more is to be told.
  func open(_ verbosity: VerbosityOptions) throws(OpenCLError) -> Device {
    let device = try open(quiet: verbosity.quiet)
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
