import ArgumentParser

/// A size on the command line: a number with a decimal unit (`10MB`) or a binary one (`10MiB`), or of bytes.
struct ByteSize: ExpressibleByArgument {
  let count: Int

  init(count: Int) { self.count = count }

  init?(argument: String) {
    let number = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = argument.dropFirst(number.count).lowercased()
    guard let factor = ByteSize.units[unit], let value = Double(number), value > 0,
      let count = Int(exactly: (value * factor).rounded())
    else { return nil }
    self.count = count
  }

  private static let units: [String: Double] = [
    "": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "kib": 0x1p10, "mib": 0x1p20, "gib": 0x1p30,
  ]
}
