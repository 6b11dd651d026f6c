/// What the kernels of a name did together, each by itself.
public struct KernelRun: Sendable, Hashable {
  public let name: String
  public fileprivate(set) var launches = 0
  public fileprivate(set) var seconds = 0.0
  /// What had to be computed and moved; nothing where ``KernelWork`` does not know the kernel.
  public fileprivate(set) var work = KernelWork()
}

/// Times each kernel by itself: the host waits for it before it queues the next.
final class KernelTrace {
  private var runs: [String: KernelRun] = [:]
  /// Whose kernels run now, on how many images.
  var current: (stages: [Stage], images: Int)?

  private let clock = ContinuousClock()

  /// - Parameters:
  ///   - finish: Waits for the device.
  ///   - launch: Queues the kernel.
  func time<E: Error>(
    _ name: String, finish: () throws(E) -> Void, _ launch: () throws(E) -> Void
  ) throws(E) {
    try finish()
    let start = clock.now
    try launch()
    try finish()
    var run = runs[name] ?? KernelRun(name: name)
    run.launches += 1
    run.seconds += (clock.now - start) / .seconds(1)
    if let current { run.work += KernelWork(of: name, in: current.stages, images: current.images) }
    runs[name] = run
  }

  /// Those that took longest first.
  var sorted: [KernelRun] {
    runs.values.sorted { ($0.seconds, $1.name) > ($1.seconds, $0.name) }
  }
}
