import COpenCL

/// Elements of the host that a device reads or writes while the host goes on with something else.
///
/// The memory stays until the transfer that was queued last is done: letting go of the array waits for it. Where a device
/// fails, nobody knows whether it is done, and the memory stays for good.
public final class HostArray<Element: BitwiseCopyable> {
  private let elements: UnsafeMutableBufferPointer<Element>
  /// The transfer that was queued last, until somebody waited for it.
  private var transfer: cl_event?

  /// A copy of `elements`.
  public init(_ elements: [Element]) {
    self.elements = .allocate(capacity: elements.count)
    _ = self.elements.initialize(from: elements)
  }

  deinit {
    if (try? finish()) != nil { elements.deallocate() }
  }

  public var count: Int { elements.count }

  /// The elements, once the transfer that was queued last is done.
  public func wait() throws(OpenCLError) -> [Element] {
    try finish()
    return Array(elements)
  }

  private func finish() throws(OpenCLError) {
    guard let event = transfer else { return }
    var events: cl_event? = event
    try OpenCLError.check(clWaitForEvents(1, &events), "clWaitForEvents")
    transfer = nil
    clReleaseEvent(event)
  }

  /// Lets `queue` queue a transfer of the bytes, whose event it hands over.
  fileprivate func move(
    _ call: String, _ queue: (UnsafeMutableRawBufferPointer, inout cl_event?) -> Int32
  ) throws(OpenCLError) {
    try finish()
    guard !elements.isEmpty else { return }
    try OpenCLError.check(queue(UnsafeMutableRawBufferPointer(elements), &transfer), call)
  }
}

extension Buffer {
  /// Queues a copy of the elements to the start of the buffer. Returns at once.
  ///
  /// - Precondition: They fit.
  public func write<Element>(_ array: HostArray<Element>) throws(OpenCLError) {
    try array.move("clEnqueueWriteBuffer") { bytes, event in
      precondition(bytes.count <= count * 4, "a write of \(bytes.count) bytes to a buffer of \(count * 4)")
      return clEnqueueWriteBuffer(
        device.queue.raw, handle.raw, cl_bool(CL_FALSE), 0, bytes.count, bytes.baseAddress, 0, nil, &event)
    }
  }

  /// Queues a copy of the start of the buffer to the elements. Returns at once.
  ///
  /// - Precondition: There are as many.
  public func read<Element>(into array: HostArray<Element>) throws(OpenCLError) {
    try array.move("clEnqueueReadBuffer") { bytes, event in
      precondition(bytes.count <= count * 4, "a read of \(bytes.count) bytes of a buffer of \(count * 4)")
      return clEnqueueReadBuffer(
        device.queue.raw, handle.raw, cl_bool(CL_FALSE), 0, bytes.count, bytes.baseAddress, 0, nil, &event)
    }
  }
}
