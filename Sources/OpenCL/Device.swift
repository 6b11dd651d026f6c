import COpenCL

/// An open device: its context, and the one in-order queue on which everything runs.
///
/// Not `Sendable`: a device belongs to one thread at a time.
public final class Device {
  public let info: DeviceInfo
  let id: cl_device_id
  let context: ContextHandle
  let queue: QueueHandle
  /// Where programs that were built are kept; nil for nowhere.
  let programs: ProgramCache?

  init(_ id: cl_device_id, info: DeviceInfo, programs: ProgramCache?) throws(OpenCLError) {
    self.id = id
    self.info = info
    self.programs = programs
    var code: Int32 = 0
    var identifier: cl_device_id? = id
    guard let context = clCreateContext(nil, 1, &identifier, nil, nil, &code) else {
      throw .callFailed("clCreateContext", code: code, subject: info.name)
    }
    self.context = ContextHandle(raw: context)
    guard let queue = clCreateCommandQueue(context, id, 0, &code) else {
      throw .callFailed("clCreateCommandQueue", code: code, subject: info.name)
    }
    self.queue = QueueHandle(raw: queue)
  }

  /// Queues `kernel` over `global` work-items in work-groups of one. Returns at once.
  ///
  /// The corresponding C function is `clEnqueueNDRangeKernel`.
  public func enqueue(_ kernel: Kernel, global: [Int], _ arguments: [KernelArgument]) throws(OpenCLError) {
    try kernel.set(arguments)
    let local = [Int](repeating: 1, count: global.count)
    let code = clEnqueueNDRangeKernel(
      queue.raw, kernel.handle.raw, cl_uint(global.count), nil, global, local, 0, nil, nil)
    try OpenCLError.check(code, "clEnqueueNDRangeKernel", "kernel \(kernel.name), global size \(global)")
  }

  /// Queues a copy of the first `count` elements of a buffer.
  ///
  /// - Precondition: Both have as many.
  public func copy(_ source: Buffer, to target: Buffer, count: Int) throws(OpenCLError) {
    precondition(count <= min(source.count, target.count), "a copy of \(count) elements")
    try OpenCLError.check(
      clEnqueueCopyBuffer(queue.raw, source.handle.raw, target.handle.raw, 0, 0, count * 4, 0, nil, nil),
      "clEnqueueCopyBuffer")
  }

  /// Hands everything queued so far to the device, without waiting for it.
  public func flush() throws(OpenCLError) {
    try OpenCLError.check(clFlush(queue.raw), "clFlush")
  }

  /// Waits until everything queued has run.
  public func finish() throws(OpenCLError) {
    try OpenCLError.check(clFinish(queue.raw), "clFinish")
  }
}
