import COpenCL

/// Why OpenCL could not do what it was asked for.
public enum OpenCLError: Error, Sendable, CustomStringConvertible {
  /// No platform offers a device.
  case noDevices
  case noSuchDevice(selector: String, available: [String])
  /// A call failed; `code` is OpenCL's, `subject` what it was called for.
  case callFailed(_ call: String, code: Int32, subject: String)
  case buildFailed(program: String, device: String, log: String)
  /// The device, or its driver, has no room for a buffer.
  case outOfMemory(bytes: Int, device: String, call: String, code: Int32)

  public var description: String {
    switch self {
    case .noDevices:
      "no OpenCL device found; install a driver (on Debian and Ubuntu: pocl-opencl-icd) and look with 'clinfo'"
    case .noSuchDevice(let selector, let available):
      "no OpenCL device is called '\(selector)'; there are: \(available.joined(separator: ", "))"
    case .callFailed(let call, let code, let subject):
      "\(call) failed with \(OpenCLError.name(of: code))\(subject.isEmpty ? "" : " (\(subject))")"
    case .buildFailed(let program, let device, let log):
      "the kernels '\(program)' do not build on \(device): \(log)"
    case .outOfMemory(let bytes, let device, let call, let code):
      "\(device) has no room for \(bytes) bytes more (\(call): \(OpenCLError.name(of: code))); "
        + "train less, or on a device with more memory"
    }
  }

  /// Whether less memory at a time might do.
  public var isOutOfMemory: Bool {
    switch self {
    case .outOfMemory: true
    // Drivers that find room for a buffer only when a kernel wants it say so then.
    case .callFailed(_, let code, _):
      [CL_MEM_OBJECT_ALLOCATION_FAILURE, CL_OUT_OF_HOST_MEMORY].contains(code)
    case .noDevices, .noSuchDevice, .buildFailed: false
    }
  }

  /// What it means in the course of an allocation of so many bytes.
  func whileAllocating(_ bytes: Int, _ device: DeviceInfo) -> OpenCLError {
    let scarcities = [
      CL_MEM_OBJECT_ALLOCATION_FAILURE, CL_OUT_OF_RESOURCES, CL_OUT_OF_HOST_MEMORY, CL_INVALID_BUFFER_SIZE,
    ]
    guard case .callFailed(let call, let code, _) = self, scarcities.contains(code) else { return self }
    return .outOfMemory(bytes: bytes, device: device.name, call: call, code: code)
  }

  /// Throws unless `code` is `CL_SUCCESS`.
  static func check(_ code: Int32, _ call: String, _ subject: @autoclosure () -> String = "")
    throws(OpenCLError)
  {
    guard code == CL_SUCCESS else { throw .callFailed(call, code: code, subject: subject()) }
  }

  /// The `CL_…` name of an error code of OpenCL 1.2.
  static func name(of code: Int32) -> String {
    let early = [
      "CL_SUCCESS", "CL_DEVICE_NOT_FOUND", "CL_DEVICE_NOT_AVAILABLE", "CL_COMPILER_NOT_AVAILABLE",
      "CL_MEM_OBJECT_ALLOCATION_FAILURE", "CL_OUT_OF_RESOURCES", "CL_OUT_OF_HOST_MEMORY",
      "CL_PROFILING_INFO_NOT_AVAILABLE", "CL_MEM_COPY_OVERLAP", "CL_IMAGE_FORMAT_MISMATCH",
      "CL_IMAGE_FORMAT_NOT_SUPPORTED", "CL_BUILD_PROGRAM_FAILURE", "CL_MAP_FAILURE",
      "CL_MISALIGNED_SUB_BUFFER_OFFSET", "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST",
      "CL_COMPILE_PROGRAM_FAILURE", "CL_LINKER_NOT_AVAILABLE", "CL_LINK_PROGRAM_FAILURE",
      "CL_DEVICE_PARTITION_FAILED", "CL_KERNEL_ARG_INFO_NOT_AVAILABLE",
    ]
    let late = [
      "CL_INVALID_VALUE", "CL_INVALID_DEVICE_TYPE", "CL_INVALID_PLATFORM", "CL_INVALID_DEVICE",
      "CL_INVALID_CONTEXT", "CL_INVALID_QUEUE_PROPERTIES", "CL_INVALID_COMMAND_QUEUE", "CL_INVALID_HOST_PTR",
      "CL_INVALID_MEM_OBJECT", "CL_INVALID_IMAGE_FORMAT_DESCRIPTOR", "CL_INVALID_IMAGE_SIZE",
      "CL_INVALID_SAMPLER", "CL_INVALID_BINARY", "CL_INVALID_BUILD_OPTIONS", "CL_INVALID_PROGRAM",
      "CL_INVALID_PROGRAM_EXECUTABLE", "CL_INVALID_KERNEL_NAME", "CL_INVALID_KERNEL_DEFINITION",
      "CL_INVALID_KERNEL", "CL_INVALID_ARG_INDEX", "CL_INVALID_ARG_VALUE", "CL_INVALID_ARG_SIZE",
      "CL_INVALID_KERNEL_ARGS", "CL_INVALID_WORK_DIMENSION", "CL_INVALID_WORK_GROUP_SIZE",
      "CL_INVALID_WORK_ITEM_SIZE", "CL_INVALID_GLOBAL_OFFSET", "CL_INVALID_EVENT_WAIT_LIST",
      "CL_INVALID_EVENT", "CL_INVALID_OPERATION", "CL_INVALID_GL_OBJECT", "CL_INVALID_BUFFER_SIZE",
      "CL_INVALID_MIP_LEVEL", "CL_INVALID_GLOBAL_WORK_SIZE", "CL_INVALID_PROPERTY",
    ]
    let position = -Int(code)
    if early.indices.contains(position) { return early[position] }
    if late.indices.contains(position - 30) { return late[position - 30] }
    return "error \(code)"
  }
}
