import Glibc
import SystemFiles

/// Standard output: what a command was asked for, and nothing else.
enum StandardOutput {
  /// Writes all of `text`.
  ///
  /// A reader that has gone away (`mlpack inspect x | head`) wants no more: that is no error.
  ///
  /// - Throws: `OutputError` where the output cannot take it, a full disk for example.
  static func write(_ text: String) throws(OutputError) {
    let code = writeAll(text, to: STDOUT_FILENO)
    guard code == 0 || code == EPIPE else { throw OutputError(code: code) }
  }
}

/// Standard error: progress, warnings, errors. What cannot be written there is lost, as nobody could be told.
enum StandardError {
  static func write(_ text: String) {
    _ = writeAll(text, to: STDERR_FILENO)
  }

  static func warning(_ text: String) {
    LiveLine.erase()
    let style = Style(descriptor: STDERR_FILENO)
    write("mlpack: \(style.yellow("warning:")) \(printable(text))\n")
  }

  static func error(_ text: String) {
    LiveLine.erase()
    let style = Style(descriptor: STDERR_FILENO)
    write("mlpack: \(style.red("error:")) \(printable(text))\n")
  }
}

/// The descriptors that a program is started with.
enum StandardDescriptors {
  /// Opens those that are closed, so that no file of ours gets their numbers and what is meant for a terminal.
  static func secure() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
      _ = open("/dev/null", O_RDWR)
    }
  }
}

/// Why standard output took no more.
struct OutputError: Error, CustomStringConvertible {
  /// `errno` of the write.
  let code: Int32

  var description: String { "standard output: \(String(cString: strerror(code)))" }
}

/// Writes all of `text` to `descriptor`, and returns `errno` where that fails, else 0.
private func writeAll(_ text: String, to descriptor: Int32) -> Int32 {
  var text = text
  return text.withUTF8 { bytes in
    var rest = UnsafeRawBufferPointer(bytes)
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        return errno
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    return 0
  }
}

/// `text` in one line that cannot steer a terminal: file names may hold any byte.
func printable(_ text: String) -> String {
  var line = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\n": line += line.hasSuffix(" ") ? "" : " "
    case _ where scalar.steersText:
      line += "\\u{" + String(scalar.value, radix: 16) + "}"
    default: line.unicodeScalars.append(scalar)
    }
  }
  return line
}
