import SystemFiles

/// A file's name as the system knows it: bytes, in whatever encoding, without a zero among them.
///
/// Ordered by bytes, which for UTF-8 is the order of Unicode's code points, as Python sorts names.
public struct FilePath: Sendable, Hashable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
  public let bytes: [UInt8]

  public init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes.prefix { $0 != 0 }) }
  public init(_ string: String) { self.init(bytes: string.utf8) }
  public init(stringLiteral string: String) { self.init(string) }

  /// The path of `name` in this folder.
  public func appending(_ name: FilePath) -> FilePath {
    guard let last = bytes.last else { return name }
    return FilePath(bytes: bytes + (last == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]) + name.bytes)
  }

  /// Without the last name: the folder in which the file lies.
  public var folder: FilePath {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == 0 ? "/" : FilePath(bytes: bytes[..<slash])
  }

  /// The path of another file in the same folder.
  public func sibling(_ name: FilePath) -> FilePath {
    let end = bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
    return FilePath(bytes: bytes[..<end] + name.bytes)
  }

  /// What follows the last slash.
  public var lastName: FilePath { FilePath(bytes: bytes.split(separator: UInt8(ascii: "/")).last ?? []) }

  public static func < (a: FilePath, b: FilePath) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }

  /// The name for a message of one line: what is not UTF-8 is repaired, control characters are escaped.
  public var description: String { String(decoding: bytes, as: UTF8.self).onOneLine }

  /// Lends the name as C's functions want it.
  func withCString<R>(_ body: (UnsafePointer<CChar>) -> R) -> R {
    (bytes + [0]).withUnsafeBytes { body($0.bindMemory(to: CChar.self).baseAddress!) }
  }
}

extension String {
  /// With what steers a text escaped, so that no line and no terminal is broken by it.
  var onOneLine: String {
    unicodeScalars.reduce(into: "") { text, scalar in
      text += scalar.steersText ? scalar.escaped(asASCII: true) : String(scalar)
    }
  }
}
