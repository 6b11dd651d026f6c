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
    ["devices"], ["devices", "--json"], ["selftest"], ["selftest", "--quick", "--json"],
    ["predict", "small.mlpack", "photos/ant/1.jpg"],
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

  @Test func kernelsThatThereAreNotAreNamed() throws {
    let outcome = try Tool.run(
      ["bench", "--only", "driver", "--rounds", "1", "--seconds", "0"], in: folder,
      environment: ["MLPACK_KERNELS": "tpu"])
    #expect(outcome.errors == "mlpack: error: MLPACK_KERNELS is 'tpu'; it is to be one of cpu, gpu, gpu-f16\n")
    #expect(outcome.output == "")
    #expect(outcome.status == 64)
  }

  /// The kernels for GPUs run on a processor, too.
  @Test(arguments: ["cpu", "gpu"])
  func eitherFamilyOfKernelsPredicts(_ family: String) throws {
    try folder.addPack(["--classes", "3"])
    try folder.addPhotos()
    let outcome = try Tool.run(
      ["predict", "small.mlpack", "photos/ant/1.jpg", "--json"], in: folder,
      environment: ["MLPACK_KERNELS": family])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let files = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]]
    let probabilities = try #require(files?.first?["probabilities"] as? [Double])
    #expect(abs(probabilities.reduce(0, +) - 1) < 1e-5)
  }

  /// Minutes: whole networks, with each choice of how their kernels are cut.
  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["MLPACK_LONG_TESTS"] != nil),
    arguments: [("cpu", 1), ("gpu", 3)])
  func tuningKeepsTheBest(_ family: String, _ parts: Int) throws {
    let cache = folder.path + "/cache"
    let outcome = try Tool.run(
      ["bench", "--tune", "--json", "--rounds", "1", "--seconds", "0"], in: folder,
      environment: ["MLPACK_KERNELS": family, "XDG_CACHE_HOME": cache])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let figures = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let trials = try #require(figures["trials"] as? [[String: Any]])
    #expect(trials.count { $0["best"] as? Bool == true } == parts)
    #expect(trials.allSatisfy { ($0["imagesPerSecond"] as? Double ?? 0) > 0 })
    #expect(figures["kept"] as? Bool == true)
    #expect(figures["kernels"] as? String == family)
  }
}
