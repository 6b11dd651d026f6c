import COpenCL

/// What a kernel is given.
public enum KernelArgument {
  case buffer(Buffer)
  /// A buffer's memory as an image of one row, whose pixels are four elements each: `read_only image1d_buffer_t`.
  case image(Buffer)
  case uint(Int)
  case float(Float)
}

/// A kernel of a built program.
public final class Kernel {
  public let name: String
  let handle: KernelHandle

  init(_ name: String, handle: consuming KernelHandle) {
    self.name = name
    self.handle = handle
  }

  func set(_ arguments: [KernelArgument]) throws(OpenCLError) {
    for (index, argument) in arguments.enumerated() {
      let position = cl_uint(index)
      let code: Int32
      switch argument {
      case .buffer(let buffer):
        var memory: cl_mem? = buffer.handle.raw
        code = clSetKernelArg(handle.raw, position, MemoryLayout<cl_mem?>.size, &memory)
      case .image(let buffer):
        var memory: cl_mem? = try buffer.asImage().handle.raw
        code = clSetKernelArg(handle.raw, position, MemoryLayout<cl_mem?>.size, &memory)
      case .uint(let value):
        // Sizes of a sound graph are below 2³¹.
        var number = UInt32(value)
        code = clSetKernelArg(handle.raw, position, MemoryLayout<UInt32>.size, &number)
      case .float(var value):
        code = clSetKernelArg(handle.raw, position, MemoryLayout<Float>.size, &value)
      }
      try OpenCLError.check(code, "clSetKernelArg", "argument \(index) of kernel \(name)")
    }
  }
}
