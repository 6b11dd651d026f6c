import Glibc

/// What is at the other end of a descriptor.
enum Terminal {
  /// Whether a person looks at `descriptor` on a terminal that understands cursor movement.
  static func isLive(_ descriptor: Int32) -> Bool {
    isatty(descriptor) == 1 && environment("TERM") != "dumb"
  }

  /// Columns of the terminal; nil where `descriptor` is none, a file or a pipe.
  static func width(of descriptor: Int32) -> Int? {
    guard isatty(descriptor) == 1 else { return nil }
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Where large temporary files go.
  static var temporaryFolder: String { environment("TMPDIR") ?? "/var/tmp" }

  /// The value of an environment variable; nil where it is not set or empty.
  static func environment(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }
}

/// Colours and weights of text, where the reader can see them.
struct Style {
  private let isColoured: Bool

  /// `NO_COLOR` (https://no-color.org) turns colour off wherever it is set to anything.
  init(descriptor: Int32) {
    isColoured = Terminal.isLive(descriptor) && Terminal.environment("NO_COLOR") == nil
  }

  func bold(_ text: String) -> String { wrap(text, "1") }
  func dim(_ text: String) -> String { wrap(text, "2") }
  func red(_ text: String) -> String { wrap(text, "1;31") }
  func green(_ text: String) -> String { wrap(text, "32") }
  func yellow(_ text: String) -> String { wrap(text, "1;33") }

  private func wrap(_ text: String, _ code: String) -> String {
    isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
