import Glibc

/// A file operation that the system refused.
public struct FileError: Error, Hashable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    /// There is no such file, or a folder on the way to it is missing.
    case notFound
    case cannotRead
    /// The file is as it was.
    case cannotWrite
    /// The file is written, but a power cut could bring the old one back.
    case notSynced
    /// Another process is about to write it.
    case inUse
  }

  public let kind: Kind
  /// As the caller gave it.
  public let path: String
  /// What was refused: "open", "rename", …
  public let operation: String
  /// The system's `errno`.
  public let code: Int32

  public init(_ kind: Kind, path: String, operation: String, code: Int32) {
    self.kind = kind
    self.path = path
    self.operation = operation
    self.code = code
  }

  static func reading(_ path: String, _ operation: String, _ error: Errno) -> FileError {
    let missing = error.code == ENOENT || error.code == ENOTDIR
    return FileError(missing ? .notFound : .cannotRead, path: path, operation: operation, code: error.code)
  }

  static func writing(_ path: String, _ operation: String, _ error: Errno) -> FileError {
    FileError(.cannotWrite, path: path, operation: operation, code: error.code)
  }

  /// The system's words; what ``refusal(of:)`` means where they say less: no file is opened with arguments that are invalid.
  private var reason: String {
    if operation == "open", code == EINVAL { return "not a regular file" }
    return strerror(code).map { String(cString: $0) } ?? "error \(code)"
  }

  public var description: String {
    switch kind {
    case .notFound: return "\(quoted(path)) is not there (\(operation): \(reason))"
    case .cannotRead: return "\(quoted(path)) cannot be read (\(operation): \(reason))"
    case .cannotWrite: return "\(quoted(path)) cannot be written (\(operation): \(reason))"
    case .notSynced:
      return "\(quoted(path)) is written, but may be lost in a power cut (\(operation): \(reason))"
    case .inUse:
      return "\(quoted(path)) is what another run of mlpack is to write; wait for it, or name another"
    }
  }
}

/// A path in quotes that stays on one line and sends nothing to a terminal but its letters.
private func quoted(_ path: String) -> String {
  let letters = path.unicodeScalars.map { scalar in
    scalar.steersText
      ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
  }
  return "'\(letters.joined())'"
}
