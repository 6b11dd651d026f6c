import Foundation
import Testing

@Suite struct DeviceTests {
  private let folder: TestFolder
  private let withoutDrivers: [String: String]

  init() throws {
    folder = try TestFolder()
    try folder.folder("no-drivers")
    // Where the OpenCL loader looks for drivers instead of the system's folder.
    withoutDrivers = ["OCL_ICD_VENDORS": folder.path + "/no-drivers"]
  }

  private static let line =
    "mlpack: error: no OpenCL device found; install a driver (on Debian and Ubuntu: pocl-opencl-icd) "
    + "and look with 'clinfo'\n"

  @Test(arguments: [
    ["devices"], ["devices", "--json"], ["predict", "small.mlpack", "photos/ant/1.jpg"],
    ["evaluate", "small.mlpack", "--data", "photos"],
    ["finetune", "small.mlpack", "--data", "photos", "-o", "tuned.mlpack"],
  ])
  func withoutDeviceThereIsALine(_ arguments: [String]) throws {
    try folder.addPack(["--classes", "3"])
    try folder.addPhotos()
    let outcome = try Tool.run(arguments, in: folder, environment: withoutDrivers)
    #expect(outcome.errors == DeviceTests.line)
    #expect(outcome.output == "")
    #expect(outcome.status == 69)
    #expect(try folder.names == ["no-drivers", "photos", "small.mlpack"])
  }

  @Test func importInspectAndExportNeedNone() throws {
    for arguments in [
      ["import", Fixtures.small, "-o", "a.mlpack"], ["inspect", "a.mlpack"],
      ["export", "a.mlpack", "-o", "a.h5"],
    ] {
      #expect(try Tool.run(arguments, in: folder, environment: withoutDrivers).status == 0)
    }
  }

  @Test func devicesAreListed() throws {
    let json = try Tool.output(["devices", "--json"], in: folder)
    let devices = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]])
    let name = try #require(devices.first?["name"] as? String)
    #expect(devices.first?["index"] as? Int == 0)
    let lines = try Tool.output(["devices"], in: folder).split(separator: "\n")
    #expect(lines[0].hasPrefix("device"))
    #expect(lines[2].hasPrefix("0 \(name)  "))
  }

  @Test(arguments: [["--device", "abacus"], []])
  func aDeviceThatIsNotThereIsNamed(_ option: [String]) throws {
    try folder.addPack(["--classes", "3"])
    let outcome = try Tool.run(
      ["predict", "small.mlpack", "a.jpg"] + option, in: folder,
      environment: option.isEmpty ? ["MLPACK_DEVICE": "abacus"] : [:])
    #expect(outcome.errors.hasPrefix("mlpack: error: no OpenCL device is called 'abacus'; there are: 0 '"))
    #expect(outcome.status == 69)
  }
}
