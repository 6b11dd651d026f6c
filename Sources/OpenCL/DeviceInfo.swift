import COpenCL

/// What an OpenCL device says of itself.
public struct DeviceInfo: Sendable, Hashable {
  public enum Kind: String, Sendable { case cpu, gpu, accelerator, other }

  /// Position among all devices of all platforms, from 0.
  public let index: Int
  public let name: String
  public let platform: String
  public let version: String
  public let driverVersion: String
  public let kind: Kind
  /// Whether it is a processor and nothing else. There, a work-item that sees an atomic operation of another one sees also
  /// what that wrote before, and each that has begun goes on.
  public let isProcessor: Bool
  public let computeUnits: Int
  /// Bytes.
  public let globalMemory: Int
  /// Bytes; the largest single buffer.
  public let largestBuffer: Int
  /// Bytes of its largest cache; 0 where it has none, or does not say.
  public let cache: Int
  /// Bytes.
  public let localMemory: Int
  /// Work-items, also in the first dimension alone.
  public let largestWorkGroup: Int
  /// Whether device and host work on one memory, so that a buffer may stand for memory of the host's in its place.
  public let hasHostUnifiedMemory: Bool
  /// Pixels of the largest image that a buffer's memory can be read as; 0 where the device has no images.
  public let largestImage: Int
  /// Floats in the device's own vectors.
  public let vectorWidth: Int

  init(_ id: cl_device_id, index: Int) throws(OpenCLError) {
    self.index = index
    name = try DeviceInfo.string(id, CL_DEVICE_NAME)
    version = try DeviceInfo.string(id, CL_DEVICE_VERSION)
    driverVersion = try DeviceInfo.string(id, CL_DRIVER_VERSION)
    platform = try DeviceInfo.platformName(of: id)
    let type: cl_device_type = try DeviceInfo.value(id, CL_DEVICE_TYPE, 0)
    isProcessor = type & ~cl_device_type(CL_DEVICE_TYPE_DEFAULT) == cl_device_type(CL_DEVICE_TYPE_CPU)
    // Oclgrind says that it is all of them: there, the kernels run that run on a processor.
    kind =
      if type & cl_device_type(CL_DEVICE_TYPE_CPU) != 0 {
        .cpu
      } else if type & cl_device_type(CL_DEVICE_TYPE_GPU) != 0 {
        .gpu
      } else if type & cl_device_type(CL_DEVICE_TYPE_ACCELERATOR) != 0 {
        .accelerator
      } else {
        .other
      }
    computeUnits = Int(try DeviceInfo.value(id, CL_DEVICE_MAX_COMPUTE_UNITS, cl_uint(0)))
    globalMemory = Int(clamping: try DeviceInfo.value(id, CL_DEVICE_GLOBAL_MEM_SIZE, cl_ulong(0)))
    largestBuffer = Int(clamping: try DeviceInfo.value(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, cl_ulong(0)))
    cache = Int(clamping: try DeviceInfo.value(id, CL_DEVICE_GLOBAL_MEM_CACHE_SIZE, cl_ulong(0)))
    localMemory = Int(clamping: try DeviceInfo.value(id, CL_DEVICE_LOCAL_MEM_SIZE, cl_ulong(0)))
    largestWorkGroup = min(
      try DeviceInfo.value(id, CL_DEVICE_MAX_WORK_GROUP_SIZE, 0),
      try DeviceInfo.sizes(id, CL_DEVICE_MAX_WORK_ITEM_SIZES).first ?? 1)
    hasHostUnifiedMemory = try DeviceInfo.value(id, CL_DEVICE_HOST_UNIFIED_MEMORY, cl_bool(0)) != 0
    let hasImages = try DeviceInfo.value(id, CL_DEVICE_IMAGE_SUPPORT, cl_bool(0)) != 0
    largestImage = hasImages ? try DeviceInfo.value(id, CL_DEVICE_IMAGE_MAX_BUFFER_SIZE, 0) : 0
    vectorWidth = Int(try DeviceInfo.value(id, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, cl_uint(0)))
  }

  private static func value<T: BitwiseCopyable>(
    _ id: cl_device_id, _ parameter: Int32, _ initial: T
  ) throws(OpenCLError) -> T {
    var result = initial
    let code = clGetDeviceInfo(id, cl_device_info(parameter), MemoryLayout<T>.size, &result, nil)
    try OpenCLError.check(code, "clGetDeviceInfo")
    return result
  }

  private static func sizes(_ id: cl_device_id, _ parameter: Int32) throws(OpenCLError) -> [Int] {
    var bytes = 0
    try OpenCLError.check(clGetDeviceInfo(id, cl_device_info(parameter), 0, nil, &bytes), "clGetDeviceInfo")
    var sizes = [Int](repeating: 0, count: bytes / MemoryLayout<Int>.size)
    try OpenCLError.check(
      clGetDeviceInfo(id, cl_device_info(parameter), sizes.count * MemoryLayout<Int>.size, &sizes, nil),
      "clGetDeviceInfo")
    return sizes
  }

  private static func string(_ id: cl_device_id, _ parameter: Int32) throws(OpenCLError) -> String {
    var size = 0
    try OpenCLError.check(clGetDeviceInfo(id, cl_device_info(parameter), 0, nil, &size), "clGetDeviceInfo")
    var bytes = [UInt8](repeating: 0, count: size)
    try OpenCLError.check(
      clGetDeviceInfo(id, cl_device_info(parameter), size, &bytes, nil), "clGetDeviceInfo")
    return trimmed(bytes)
  }

  private static func platformName(of id: cl_device_id) throws(OpenCLError) -> String {
    let platform: cl_platform_id? = try value(id, CL_DEVICE_PLATFORM, nil)
    var size = 0
    try OpenCLError.check(
      clGetPlatformInfo(platform, cl_platform_info(CL_PLATFORM_NAME), 0, nil, &size), "clGetPlatformInfo")
    var bytes = [UInt8](repeating: 0, count: size)
    try OpenCLError.check(
      clGetPlatformInfo(platform, cl_platform_info(CL_PLATFORM_NAME), size, &bytes, nil), "clGetPlatformInfo")
    return trimmed(bytes)
  }

  private static func trimmed(_ bytes: [UInt8]) -> String {
    var text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    while text.last?.isWhitespace == true { text.removeLast() }
    while text.first?.isWhitespace == true { text.removeFirst() }
    return text
  }
}
