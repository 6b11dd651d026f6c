import ImageFiles

extension FilePath {
  /// The files that some of the program's arguments name. Where one is no text, its name is what the system passed,
  /// not the repaired text that the parser sees.
  static func arguments(_ texts: [String]) -> [FilePath] {
    var unrepaired: [[UInt8]: ArraySlice<[UInt8]>] = [:]
    for bytes in passed where String(validating: bytes, as: UTF8.self) == nil {
      for bytes in [bytes, value(ofOption: bytes)].compactMap(\.self) {
        unrepaired[Array(String(decoding: bytes, as: UTF8.self).utf8), default: []].append(bytes)
      }
    }
    return texts.map { text in
      FilePath(bytes: unrepaired[Array(text.utf8)]?.popFirst() ?? Array(text.utf8))
    }
  }

  /// The arguments as the system passed them.
  private static var passed: [[UInt8]] {
    (0..<Int(CommandLine.argc)).compactMap { index in
      CommandLine.unsafeArgv[index].map { Array(UnsafeRawBufferPointer(start: $0, count: length(of: $0))) }
    }
  }

  private static func length(of string: UnsafePointer<CChar>) -> Int {
    var count = 0
    while string[count] != 0 { count += 1 }
    return count
  }

  /// What follows the equals sign of `--option=value`.
  private static func value(ofOption argument: [UInt8]) -> [UInt8]? {
    guard argument.starts(with: "--".utf8), let sign = argument.firstIndex(of: UInt8(ascii: "=")) else {
      return nil
    }
    return Array(argument[(sign + 1)...])
  }
}
