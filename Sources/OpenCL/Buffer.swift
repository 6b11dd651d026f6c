import COpenCL

/// Memory on a device: an array of 32-bit elements, floats or unsigned integers.
public final class Buffer {
  public let count: Int
  let handle: MemoryHandle
  private let device: Device

  /// Memory for `count` elements, zeroed: lanes that pad a block of channels must hold zeros.
  public init(_ device: Device, count: Int) throws(OpenCLError) {
    let bytes = count * 4
    guard bytes <= device.info.largestBuffer else {
      throw .callFailed(
        "clCreateBuffer", code: CL_INVALID_BUFFER_SIZE,
        subject: "\(bytes) bytes; \(device.info.name) allows \(device.info.largestBuffer)")
    }
    var code: Int32 = 0
    guard let memory = clCreateBuffer(device.context.raw, cl_mem_flags(CL_MEM_READ_WRITE), bytes, nil, &code)
    else {
      throw .callFailed("clCreateBuffer", code: code, subject: "\(bytes) bytes")
    }
    self.handle = MemoryHandle(raw: memory)
    self.count = count
    self.device = device
    var zero: UInt32 = 0
    try OpenCLError.check(
      clEnqueueFillBuffer(device.queue.raw, memory, &zero, 4, 0, bytes, 0, nil, nil), "clEnqueueFillBuffer")
  }

  public convenience init(_ device: Device, floats: [Float]) throws(OpenCLError) {
    try self.init(device, count: floats.count)
    try write(floats)
  }

  /// Copies `elements` to the start of the buffer; done when it returns.
  ///
  /// - Precondition: They fit.
  public func write<Element: BitwiseCopyable>(_ elements: [Element]) throws(OpenCLError) {
    var code: Int32 = 0
    elements.withUnsafeBytes { code = enqueueWrite($0) }
    try OpenCLError.check(code, "clEnqueueWriteBuffer")
  }

  /// Copies `floats` to the start of the buffer; done when it returns.
  ///
  /// - Precondition: They fit.
  public func write(_ floats: UnsafeBufferPointer<Float>) throws(OpenCLError) {
    try OpenCLError.check(enqueueWrite(UnsafeRawBufferPointer(floats)), "clEnqueueWriteBuffer")
  }

  private func enqueueWrite(_ bytes: UnsafeRawBufferPointer) -> Int32 {
    precondition(bytes.count <= count * 4, "a write of \(bytes.count) bytes to a buffer of \(count * 4)")
    guard let base = bytes.baseAddress, !bytes.isEmpty else { return CL_SUCCESS }
    return clEnqueueWriteBuffer(
      device.queue.raw, handle.raw, cl_bool(CL_TRUE), 0, bytes.count, base, 0, nil, nil)
  }

  /// Lends the first `count` floats as host memory, after everything queued before has run; what `body` writes
  /// is the buffer's content for everything queued afterwards.
  ///
  /// - Precondition: There are as many.
  public func withMappedFloats<R>(
    _ count: Int, _ access: Access, _ body: (UnsafeMutableBufferPointer<Float>) -> R
  ) throws(OpenCLError) -> R {
    precondition(count <= self.count, "a map of \(count) elements of a buffer of \(self.count)")
    var code: Int32 = 0
    let mapped = clEnqueueMapBuffer(
      device.queue.raw, handle.raw, cl_bool(CL_TRUE), cl_map_flags(access.flag), 0, count * 4, 0, nil, nil,
      &code)
    guard let mapped else {
      throw .callFailed("clEnqueueMapBuffer", code: code, subject: "\(count * 4) bytes")
    }
    let result = body(
      UnsafeMutableBufferPointer(start: mapped.assumingMemoryBound(to: Float.self), count: count))
    try OpenCLError.check(
      clEnqueueUnmapMemObject(device.queue.raw, handle.raw, mapped, 0, nil, nil), "clEnqueueUnmapMemObject")
    return result
  }

  /// What lent memory is for.
  public enum Access {
    case reading
    /// The old content is not needed: every float that matters is written.
    case overwriting

    fileprivate var flag: Int32 {
      switch self {
      case .reading: CL_MAP_READ
      case .overwriting: CL_MAP_WRITE_INVALIDATE_REGION
      }
    }
  }

  /// A copy of the first `count` floats, after everything queued before has run.
  public func floats(_ count: Int) throws(OpenCLError) -> [Float] {
    try withMappedFloats(count, .reading) { Array($0) }
  }
}
