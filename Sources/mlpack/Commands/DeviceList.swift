import ArgumentParser
import Glibc
import OpenCL

struct DeviceList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices", abstract: "List the OpenCL devices of this machine.")

  @OptionGroup var output: JSONOption

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let devices = try Devices.all()
    guard !devices.isEmpty else { throw OpenCLError.noDevices }
    try StandardOutput.write(output.json ? JSON.array(devices.map(\.json)).document : table(devices))
  }

  private func table(_ devices: [DeviceInfo]) -> String {
    var table = Table([.left("device"), .left("kind"), .right("units"), .right("memory"), .left("platform")])
    for device in devices {
      table.add([
        "\(device.index) \(device.name)", device.kind.rawValue, String(device.computeUnits),
        byteSize(device.globalMemory), device.platform,
      ])
    }
    return table.rendered(width: Terminal.width(of: STDOUT_FILENO), style: Style(descriptor: STDOUT_FILENO))
  }
}

extension DeviceInfo {
  fileprivate var json: JSON {
    .object([
      ("index", .integer(index)), ("name", .string(name)), ("kind", .string(kind.rawValue)),
      ("platform", .string(platform)), ("version", .string(version)),
      ("driverVersion", .string(driverVersion)),
      ("computeUnits", .integer(computeUnits)), ("globalMemory", .integer(globalMemory)),
      ("largestBuffer", .integer(largestBuffer)), ("localMemory", .integer(localMemory)),
      ("largestWorkGroup", .integer(largestWorkGroup)),
      ("vectorWidth", .integer(vectorWidth)),
    ])
  }
}
