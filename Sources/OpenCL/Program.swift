import COpenCL

/// OpenCL C that was built for a device.
public final class Program {
  private let handle: ProgramHandle
  private let device: Device
  /// Under which the device's cache is to keep it; nil where it has it already.
  private let cacheKey: String?
  private var kernels: [String: Kernel] = [:]

  /// Builds `sources` as one program, or takes it from the device's cache.
  ///
  /// - Parameters:
  ///   - name: For messages.
  ///   - sources: In order, each with the name that the compiler shall give in messages.
  ///   - options: As for `clBuildProgram`.
  /// - Throws: ``OpenCLError/buildFailed(program:device:log:)`` with the compiler's whole log.
  public init(
    _ device: Device, name: String, sources: [(name: String, text: String)], options: [String]
  ) throws(OpenCLError) {
    let text = sources.map { "#line 1 \"\($0.name)\"\n\($0.text)\n" }.joined()
    let options = options.joined(separator: " ")
    let key = ProgramCache.key(device.info, options: options, source: text)
    self.device = device
    if let handle = Program.cached(key, on: device, options) {
      self.handle = handle
      cacheKey = nil
    } else {
      handle = try Program.built(text, on: device, name, options)
      cacheKey = key
    }
  }

  /// Keeps it only now: drivers compile some of a program when its kernels first run.
  deinit {
    if let cacheKey, let binary { try? device.programs?.keep(binary, for: cacheKey) }
  }

  private static func built(
    _ text: String, on device: Device, _ name: String, _ options: String
  ) throws(OpenCLError) -> ProgramHandle {
    var code: Int32 = 0
    let created: cl_program? = text.withCString { pointer in
      var string: UnsafePointer<CChar>? = pointer
      return clCreateProgramWithSource(device.context.raw, 1, &string, nil, &code)
    }
    guard let created else { throw .callFailed("clCreateProgramWithSource", code: code, subject: name) }
    let handle = ProgramHandle(raw: created)
    guard build(handle, on: device, options) == CL_SUCCESS else {
      throw .buildFailed(program: name, device: device.info.name, log: log(of: created, on: device))
    }
    return handle
  }

  /// The program as the cache has it; nil where it has not, or the driver no longer takes it.
  private static func cached(_ key: String, on device: Device, _ options: String) -> ProgramHandle? {
    guard let binary = device.programs?.binary(for: key) else { return nil }
    var code: Int32 = 0
    var status: Int32 = 0
    var id: cl_device_id? = device.id
    let created = binary.withUnsafeBufferPointer { bytes in
      var start = bytes.baseAddress
      var length = bytes.count
      return clCreateProgramWithBinary(device.context.raw, 1, &id, &length, &start, &status, &code)
    }
    guard let created else { return nil }
    let handle = ProgramHandle(raw: created)
    guard status == CL_SUCCESS, build(handle, on: device, options) == CL_SUCCESS else { return nil }
    return handle
  }

  private static func build(_ handle: borrowing ProgramHandle, on device: Device, _ options: String) -> Int32
  {
    let raw = handle.raw
    var id: cl_device_id? = device.id
    return DriverLock.hold { clBuildProgram(raw, 1, &id, options, nil, nil) }
  }

  /// What the driver made of the program; nil where it does not say.
  private var binary: [UInt8]? {
    var size = 0
    let sizes = cl_program_info(CL_PROGRAM_BINARY_SIZES)
    guard clGetProgramInfo(handle.raw, sizes, MemoryLayout<Int>.size, &size, nil) == CL_SUCCESS, size > 0
    else {
      return nil
    }
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { target, count in
      var start = target.baseAddress
      code = clGetProgramInfo(
        handle.raw, cl_program_info(CL_PROGRAM_BINARIES), MemoryLayout<UnsafeMutablePointer<UInt8>?>.size,
        &start,
        nil)
      count = code == CL_SUCCESS ? size : 0
    }
    return code == CL_SUCCESS ? bytes : nil
  }

  /// Names of the kernels that were asked for.
  package var kernelNames: Set<String> { Set(kernels.keys) }

  /// The kernel of that name.
  public func kernel(_ name: String) throws(OpenCLError) -> Kernel {
    if let kernel = kernels[name] { return kernel }
    var code: Int32 = 0
    guard let created = clCreateKernel(handle.raw, name, &code) else {
      throw .callFailed("clCreateKernel", code: code, subject: name)
    }
    let kernel = Kernel(name, handle: KernelHandle(raw: created))
    kernels[name] = kernel
    return kernel
  }

  private static func log(of program: cl_program, on device: Device) -> String {
    var size = 0
    let parameter = cl_program_build_info(CL_PROGRAM_BUILD_LOG)
    guard clGetProgramBuildInfo(program, device.id, parameter, 0, nil, &size) == CL_SUCCESS, size > 0 else {
      return "no log"
    }
    var bytes = [UInt8](repeating: 0, count: size)
    guard clGetProgramBuildInfo(program, device.id, parameter, size, &bytes, nil) == CL_SUCCESS else {
      return "no log"
    }
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
