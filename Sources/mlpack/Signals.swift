import Glibc
import Synchronization
import SystemFiles

/// What signals do to the program.
enum Signals {
  /// Lets interruptions take half-written outputs away before they end the program, with 128 and the signal's
  /// number as its status; and turns a broken pipe and a full disk into errors of the write that met them.
  ///
  /// A signal that the parent process chose to ignore (`nohup`) stays ignored.
  static func install() {
    // Both are set up here because a signal handler must not allocate.
    TemporaryFiles.prepare()
    LiveLine.isDrawn.store(false, ordering: .relaxed)
    interruptions.store(0, ordering: .relaxed)
    // Of a write beyond the limit of a file's size, too.
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    signal(SIGBUS, readingFailed)
    var handled = sigset_t()
    sigemptyset(&handled)
    for number in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(number) {
      signal(number, interrupted)
      sigaddset(&handled, number)
    }
    // A program inherits what the thread that started it had blocked for its own purposes.
    sigprocmask(SIG_UNBLOCK, &handled, nil)
  }

  private static let interruptions = Atomic<Int>(0)

  /// Whether a signal has asked the program to end since ``deferInterruptions()``.
  static var wasInterrupted: Bool { interruptions.load(ordering: .relaxed) > 0 }

  /// Lets the program come to a good end by itself: the first interruption is only taken note of, the second ends it.
  static func deferInterruptions() {
    interruptions.store(0, ordering: .relaxed)
    for number in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(number) { signal(number, noted) }
  }

  /// Only what is safe inside a signal handler may stand here.
  private static let noted: @convention(c) (Int32) -> Void = { number in
    if interruptions.wrappingAdd(1, ordering: .relaxed).oldValue > 0 { interrupted(number) }
  }

  /// Ends the program. Only what is safe inside a signal handler may stand here.
  private static let interrupted: @convention(c) (Int32) -> Void = { number in
    TemporaryFiles.removeAll()
    if LiveLine.isDrawn.load(ordering: .relaxed) {
      var end = UInt8(ascii: "\n")
      write(STDERR_FILENO, &end, 1)
    }
    _exit(128 + number)
  }

  /// Ends the program where memory that is a file's cannot be read. Only what is safe inside a signal handler may
  /// stand here.
  private static let readingFailed: @convention(c) (Int32) -> Void = { _ in
    TemporaryFiles.removeAll()
    write(STDERR_FILENO, lostFile.utf8Start, lostFile.utf8CodeUnitCount)
    _exit(ExitStatus.noInput.rawValue)
  }

  private static let lostFile: StaticString =
    "mlpack: error: a file became shorter while it was read, or its disk failed\n"

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
