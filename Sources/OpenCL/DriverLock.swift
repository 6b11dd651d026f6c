import Dispatch

/// Held while a driver starts up or compiles.
///
/// OpenCL calls are thread-safe by the standard, but PoCL 3.1 loses devices when two threads ask for them first
/// at the same time, and its compiler crashes when two programs are built at once.
enum DriverLock {
  private static let queue = DispatchQueue(label: "mlpack.OpenCL driver")

  static func hold<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    try queue.sync { Result(catching: body) }.get()
  }
}
