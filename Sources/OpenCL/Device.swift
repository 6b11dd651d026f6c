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
  /// Whether programs that were built are kept.
  package var keepsPrograms: Bool { programs != nil }
  /// Told when the driver's compiler begins, which may take seconds, and when it has ended.
  public var whenCompiling: ((_ begins: Bool) -> Void)?
  /// What its compiler took so far. What a driver compiles only when a kernel first runs is not in it.
  package private(set) var secondsOfCompiling = 0.0

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
    programs?.sweep()
  }

  /// Queues `kernel` over `global` work-items in work-groups of `local`. Returns at once.
  ///
  /// The corresponding C function is `clEnqueueNDRangeKernel`.
  ///
  /// - Parameter local: As many extents as `global` has, each of which divides its; nil for work-groups of one.
  public func enqueue(
    _ kernel: Kernel, global: [Int], local: [Int]? = nil, _ arguments: [KernelArgument]
  ) throws(OpenCLError) {
    try kernel.set(arguments)
    let local = local ?? [Int](repeating: 1, count: global.count)
    precondition(local.count == global.count, "work-groups of \(local) for \(global) work-items")
    let code = clEnqueueNDRangeKernel(
      queue.raw, kernel.handle.raw, cl_uint(global.count), nil, global, local, 0, nil, nil)
    try OpenCLError.check(
      code, "clEnqueueNDRangeKernel", "kernel \(kernel.name), global size \(global), local size \(local)")
  }

  /// Tells and times what the driver's compiler does in `body`.
  func compiling<R: ~Copyable, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    let clock = ContinuousClock()
    let start = clock.now
    whenCompiling?(true)
    defer {
      secondsOfCompiling += (clock.now - start) / .seconds(1)
      whenCompiling?(false)
    }
    return try body()
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

extension Device {
  /// What was kept under a name for this device, its driver and the source of programs; nil where there is nothing, or it
  /// is damaged.
  package func kept(_ name: String, for source: String) -> [UInt8]? {
    programs?.binary(for: ProgramCache.key(info, options: name, source: source))
  }

  /// Keeps something beside the programs, to be found under the same name, device, driver and source.
  ///
  /// - Returns: Whether there is a place for it.
  /// - Throws: `FileError` where it cannot be written.
  package func keep(_ bytes: [UInt8], _ name: String, for source: String) throws -> Bool {
    guard let programs else { return false }
    try programs.keep(bytes, for: ProgramCache.key(info, options: name, source: source))
    return true
  }
}
