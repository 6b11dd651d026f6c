import COpenCL

/// The OpenCL devices of this machine.
public enum Devices {
  /// What every device of every platform says of itself, in the loader's order; empty where there is none.
  public static func all() throws(OpenCLError) -> [DeviceInfo] {
    var infos: [DeviceInfo] = []
    for (index, id) in try identifiers().enumerated() { infos.append(try DeviceInfo(id, index: index)) }
    return infos
  }

  /// Opens a device.
  ///
  /// - Parameters:
  ///   - selector: An index, or a part of a name in any case; nil for the first GPU, else the first device.
  ///   - programs: Where programs that were built are kept; nil for nowhere.
  public static func open(
    _ selector: String? = nil, programs: ProgramCache? = nil
  ) throws(OpenCLError) -> Device {
    let infos = try all()
    guard !infos.isEmpty else { throw .noDevices }
    guard let chosen = choose(selector, among: infos) else {
      throw .noSuchDevice(selector: selector ?? "", available: infos.map { "\($0.index) '\($0.name)'" })
    }
    return try Device(identifiers()[chosen.index], info: chosen, programs: programs)
  }

  static func choose(_ selector: String?, among infos: [DeviceInfo]) -> DeviceInfo? {
    guard let selector, !selector.isEmpty else { return infos.first { $0.kind == .gpu } ?? infos.first }
    if let index = Int(selector) { return infos.first { $0.index == index } }
    return infos.first { $0.name.lowercased().contains(selector.lowercased()) }
  }

  private static func identifiers() throws(OpenCLError) -> [cl_device_id] {
    try DriverLock.hold { () throws(OpenCLError) in
      DriverSettings.forbidSpecialization()
      let platforms = try self.platforms()
      let found = try devices(of: platforms)
      guard found.isEmpty, !platforms.isEmpty, DriverSettings.provideFolder() else { return found }
      return try devices(of: platforms)
    }
  }

  private static func platforms() throws(OpenCLError) -> [cl_platform_id?] {
    var count: cl_uint = 0
    // The loader answers CL_PLATFORM_NOT_FOUND_KHR (−1001) where no driver is installed.
    guard clGetPlatformIDs(0, nil, &count) == CL_SUCCESS, count > 0 else { return [] }
    var platforms = [cl_platform_id?](repeating: nil, count: Int(count))
    try OpenCLError.check(clGetPlatformIDs(count, &platforms, nil), "clGetPlatformIDs")
    return platforms
  }

  private static func devices(of platforms: [cl_platform_id?]) throws(OpenCLError) -> [cl_device_id] {
    var found: [cl_device_id] = []
    for platform in platforms {
      var deviceCount: cl_uint = 0
      let all = cl_device_type(CL_DEVICE_TYPE_ALL)
      guard clGetDeviceIDs(platform, all, 0, nil, &deviceCount) == CL_SUCCESS, deviceCount > 0 else {
        continue
      }
      var devices = [cl_device_id?](repeating: nil, count: Int(deviceCount))
      try OpenCLError.check(clGetDeviceIDs(platform, all, deviceCount, &devices, nil), "clGetDeviceIDs")
      found += devices.compactMap { $0 }
    }
    return found
  }
}
