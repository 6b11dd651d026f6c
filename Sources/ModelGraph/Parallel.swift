import Dispatch
import Synchronization

/// Work that falls into independent parts.
package enum Parallel {
  /// The results of `body` for 0 to `count` − 1, in order, computed on all cores.
  package static func map<Result: Sendable>(_ count: Int, _ body: @Sendable (Int) -> Result) -> [Result] {
    let results = Mutex<[Result?]>([Result?](repeating: nil, count: count))
    DispatchQueue.concurrentPerform(iterations: count) { index in
      let result = body(index)
      results.withLock { $0[index] = result }
    }
    return results.withLock { $0.compactMap { $0 } }
  }

  /// What two functions return, computed at the same time.
  package static func both<First: Sendable, Second: Sendable>(
    _ first: () throws -> First, _ second: @escaping @Sendable () throws -> Second
  ) throws -> (First, Second) {
    let other = Mutex<Result<Second, any Error>?>(nil)
    let isDone = DispatchSemaphore(value: 0)
    DispatchQueue.global().async {
      let result = Result(catching: second)
      other.withLock { $0 = result }
      isDone.signal()
    }
    let one = Result(catching: first)
    isDone.wait()
    guard let other = other.withLock(\.self) else { preconditionFailure("the second function has ended") }
    return (try one.get(), try other.get())
  }
}
