import COpenCL
internal import SystemFiles

/// What an element of a buffer is to kernels.
public enum Element: Sendable, Hashable {
  /// 32 bits: a float, or an unsigned integer.
  case float
  /// 16 bits.
  case half

  public var byteCount: Int {
    switch self {
    case .float: 4
    case .half: 2
    }
  }
}

/// Memory on a device, in pieces of 32 bits: an element, or two of those that are half.
public final class Buffer {
  /// Pieces of 32 bits.
  public let count: Int
  public let element: Element
  let handle: MemoryHandle
  /// The same memory as an image; there from when a kernel was first given it.
  private var image: BufferImage?
  let device: Device
  /// Keeps memory of the host's that the buffer stands for; nil where the memory is the buffer's own.
  private let owner: AnyObject?

  /// Memory for `count` pieces of 32 bits, zeroed: lanes that pad a block of channels must hold zeros.
  public init(_ device: Device, count: Int, of element: Element = .float) throws(OpenCLError) {
    let bytes = count * 4
    self.count = count
    self.element = element
    self.device = device
    if let memory = Buffer.largePages(device.info, bytes) {
      handle = try Buffer.create(
        device, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, bytes: bytes, memory.bytes.baseAddress)
      owner = memory
      return
    }
    handle = try Buffer.create(device, CL_MEM_READ_WRITE, bytes: bytes, nil)
    owner = nil
    // Some drivers find room for a buffer only when something is written to it.
    do { try writeZeros(bytes) } catch { throw error.whileAllocating(bytes, device.info) }
  }

  /// Memory for a buffer of the processor itself, whose drivers take small pages; nil on other devices, where a page holds
  /// all of it, and where there is none.
  private static func largePages(_ device: DeviceInfo, _ bytes: Int) -> LargePages? {
    guard device.kind == .cpu, device.hasHostUnifiedMemory, bytes >= LargePages.size else { return nil }
    return try? LargePages(count: bytes)
  }

  private static let zeros = [UInt8](repeating: 0, count: 1 << 20)

  /// Not by `clEnqueueFillBuffer`: Oclgrind 21.10 takes what was filled for uninitialized, also after kernels wrote there.
  private func writeZeros(_ bytes: Int) throws(OpenCLError) {
    for start in stride(from: 0, to: bytes, by: Buffer.zeros.count) {
      let count = min(Buffer.zeros.count, bytes - start)
      try OpenCLError.check(
        clEnqueueWriteBuffer(
          device.queue.raw, handle.raw, cl_bool(CL_TRUE), start, count, Buffer.zeros, 0, nil, nil),
        "clEnqueueWriteBuffer")
    }
  }

  /// Memory of the host's for kernels to read: in its place where the device works on the
  /// host's memory, else a copy.
  ///
  /// - Parameters:
  ///   - bytes: Not empty, and not written to as long as the buffer lives.
  ///   - owner: Whose life the bytes share; kept until nothing that was queued can read them.
  public init(_ device: Device, lending bytes: UnsafeRawBufferPointer, of owner: AnyObject)
    throws(OpenCLError)
  {
    let access = device.info.hasHostUnifiedMemory ? CL_MEM_USE_HOST_PTR : CL_MEM_COPY_HOST_PTR
    self.handle = try Buffer.create(
      device, CL_MEM_READ_ONLY | access, bytes: bytes.count,
      UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    // What is left over of a last element is there for kernels that read smaller ones.
    count = bytes.count / 4
    element = .float
    self.device = device
    self.owner = owner
  }

  deinit {
    guard let owner else { return }
    // A kernel that is queued keeps the buffer, but not the host's memory behind it. Where a device fails, nobody knows
    // whether one still runs: then the memory stays.
    do { try device.finish() } catch { _ = Unmanaged.passRetained(owner) }
  }

  /// The memory as an image.
  ///
  /// - Precondition: It is small enough for the device, see ``DeviceInfo/largestImage``.
  func asImage() throws(OpenCLError) -> BufferImage {
    if let image { return image }
    let created = try BufferImage(self)
    image = created
    return created
  }

  private static func create(
    _ device: Device, _ flags: Int32, bytes: Int, _ memory: UnsafeMutableRawPointer?
  ) throws(OpenCLError) -> MemoryHandle {
    guard bytes <= device.info.largestBuffer else {
      throw .outOfMemory(
        bytes: bytes, device: "\(device.info.name), which allows \(device.info.largestBuffer) at once,",
        call: "clCreateBuffer", code: CL_INVALID_BUFFER_SIZE)
    }
    var code: Int32 = 0
    guard let created = clCreateBuffer(device.context.raw, cl_mem_flags(flags), bytes, memory, &code) else {
      throw OpenCLError.callFailed("clCreateBuffer", code: code, subject: "\(bytes) bytes")
        .whileAllocating(bytes, device.info)
    }
    return MemoryHandle(raw: created)
  }

  public convenience init(_ device: Device, floats: [Float]) throws(OpenCLError) {
    try self.init(device, count: floats.count)
    try write(floats)
  }

  /// - Parameter halves: An even number of them.
  public convenience init(_ device: Device, halves: [UInt16]) throws(OpenCLError) {
    precondition(halves.count % 2 == 0, "\(halves.count) halves are no whole pieces of 32 bits")
    try self.init(device, count: halves.count / 2, of: .half)
    try write(halves)
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
