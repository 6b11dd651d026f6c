import COpenCL

/// OpenCL C that was built for a device.
public final class Program {
  private let handle: ProgramHandle
  private var kernels: [String: Kernel] = [:]

  /// Builds `sources` as one program.
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
    var code: Int32 = 0
    let created: cl_program? = text.withCString { pointer in
      var string: UnsafePointer<CChar>? = pointer
      return clCreateProgramWithSource(device.context.raw, 1, &string, nil, &code)
    }
    guard let created else { throw .callFailed("clCreateProgramWithSource", code: code, subject: name) }
    handle = ProgramHandle(raw: created)
    var id: cl_device_id? = device.id
    let built = DriverLock.hold { clBuildProgram(created, 1, &id, options.joined(separator: " "), nil, nil) }
    guard built == CL_SUCCESS else {
      throw .buildFailed(program: name, device: device.info.name, log: Program.log(of: created, on: device))
    }
  }

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
