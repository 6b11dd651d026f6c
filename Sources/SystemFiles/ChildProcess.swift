import Glibc

/// This program, started again beside itself to do one piece of work: it is given files, and answers through a pipe.
///
/// The child has these descriptors: 0 for the first file, 1 for the pipe, 3 for the second file. It is ended and waited for
/// when the value ends, at the latest.
public final class ChildProcess {
  /// How a process came to its end.
  public enum End: Sendable, Hashable {
    case exited(status: Int32)
    case signalled(Int32)
    /// It used up the processor time that it was allowed.
    case outOfTime
    /// Where this process was started with `SIGCHLD` ignored, nobody is told.
    case unknown
  }

  private let identifier: pid_t
  private let pipe: FileDescriptor
  private var end: End?

  /// Starts the executable that this process runs, be it gone from its path by now.
  ///
  /// - Parameters:
  ///   - name: The child's argument 0, its only one.
  ///   - isAlone: Whether it has an empty environment and no standard error, instead of this process's.
  /// - Throws: `FileError` of kind `cannotRead` with `path` where the system starts none.
  public init(
    named name: String, reading first: SharedBytes, _ second: SharedBytes? = nil, isAlone: Bool = true,
    for path: String
  ) throws(FileError) {
    do throws(Errno) {
      let pipe = try FileDescriptor.pipe()
      identifier = try ChildProcess.start(name, first.file, pipe.writing, second, isAlone: isAlone)
      self.pipe = pipe.reading
    } catch {
      throw FileError(.cannotRead, path: path, operation: "start of a process", code: error.code)
    }
  }

  private static func start(
    _ name: String, _ first: borrowing FileDescriptor, _ pipe: borrowing FileDescriptor,
    _ second: SharedBytes?, isAlone: Bool
  ) throws(Errno) -> pid_t {
    // Above the numbers that they get in the child, lest one is put where another still is.
    let first = try FileDescriptor(duplicating: first, from: 4)
    let pipe = try FileDescriptor(duplicating: pipe, from: 4)
    return try first.withNumber { (first) throws(Errno) in
      try pipe.withNumber { (pipe) throws(Errno) in
        let descriptors = [(from: first, to: Int32(0)), (from: pipe, to: 1)]
        guard let second else {
          return try SystemCalls.startSelf(named: name, descriptors: descriptors, isAlone: isAlone)
        }
        let other = try FileDescriptor(duplicating: second.file, from: 4)
        return try other.withNumber { (other) throws(Errno) in
          try SystemCalls.startSelf(
            named: name, descriptors: descriptors + [(from: other, to: 3)], isAlone: isAlone)
        }
      }
    }
  }

  deinit { _ = finish() }

  /// Reads up to `target.count` bytes of the answer; 0 at its end.
  ///
  /// - Throws: `FileError` of kind `cannotRead`.
  public func read(into target: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    do throws(Errno) {
      return try pipe.read(into: target)
    } catch {
      throw .reading("answer of a process", "read", error)
    }
  }

  /// Waits until the process has ended, whatever it answers, and says how it did.
  public func waitForEnd() -> End {
    withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { unheard in
      while let count = try? read(into: unheard), count > 0 {}
    }
    return finish()
  }

  /// Ends the process unless it has ended, or is about to, and says how it did.
  public func finish() -> End {
    if let end { return end }
    // A process that closed the pipe by ending is too far gone to be killed: the end stays its own.
    let end = SystemCalls.end(of: identifier)
    self.end = end
    return end
  }
}

extension ChildProcess {
  /// Appends to the answer of this process, where it is a child.
  ///
  /// - Throws: `FileError` of kind `cannotWrite`.
  public static func answer(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    do throws(Errno) {
      try FileDescriptor.withAnswer { (pipe) throws(Errno) in try pipe.write(bytes) }
    } catch {
      throw .writing("answer of a process", "write", error)
    }
  }
}
