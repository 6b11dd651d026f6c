import COpenCL

/// OpenCL C that was built for a device.
public final class Program {
  private let handle: ProgramHandle
  private let device: Device
  /// Under which the device's cache is to keep it; nil where it has it already.
  private let cacheKey: String?
  private var kernels: [String: Kernel] = [:]

  /// Takes the program from the device's cache, or builds it.
  ///
  /// - Throws: ``OpenCLError/buildFailed(program:device:log:)`` with the compiler's whole log.
  public convenience init(_ device: Device, _ source: ProgramSource) throws(OpenCLError) {
    if let handle = Program.kept(source, on: device) {
      self.init(handle, device, cacheKey: nil)
    } else {
      let handle = try device.compiling { () throws(OpenCLError) in
        try Program.built(source, on: device)
      }
      self.init(handle, device, cacheKey: source.key(on: device.info))
    }
  }

  /// Takes the program from the device's cache; nil where it has not got it, or the driver no longer takes it.
  public convenience init?(keptFor device: Device, _ source: ProgramSource) {
    guard let handle = Program.kept(source, on: device) else { return nil }
    self.init(handle, device, cacheKey: nil)
  }

  private init(_ handle: consuming ProgramHandle, _ device: Device, cacheKey: String?) {
    self.handle = handle
    self.device = device
    self.cacheKey = cacheKey
  }

  /// Keeps it only now: drivers compile some of a program when its kernels first run.
  deinit {
    if let cacheKey, let binary { try? device.programs?.keep(binary, for: cacheKey) }
  }

  private static func built(
    _ source: ProgramSource, on device: Device
  ) throws(OpenCLError) -> ProgramHandle {
    var code: Int32 = 0
    let created: cl_program? = source.text.withCString { pointer in
      var string: UnsafePointer<CChar>? = pointer
      return clCreateProgramWithSource(device.context.raw, 1, &string, nil, &code)
    }
    guard let created else {
      throw .callFailed("clCreateProgramWithSource", code: code, subject: source.name)
    }
    let handle = ProgramHandle(raw: created)
    guard build(handle, on: device, source.options) == CL_SUCCESS else {
      throw .buildFailed(program: source.name, device: device.info.name, log: log(of: created, on: device))
    }
    return handle
  }

  private static func kept(_ source: ProgramSource, on device: Device) -> ProgramHandle? {
    guard let binary = device.programs?.binary(for: source.key(on: device.info)) else { return nil }
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
    guard status == CL_SUCCESS, build(handle, on: device, source.options) == CL_SUCCESS else { return nil }
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
