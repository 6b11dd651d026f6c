import Glibc

/// Numbers as the page writes them. What is not a number, or is missing, is a dash.
enum Numbers {
  static let missing = "–"
  /// Keeps a number and its unit on one line.
  private static let space = "\u{202F}"

  /// With thousands separated: 3,233,989.
  static func grouped(_ value: Int) -> String {
    let digits = Array(String(value.magnitude))
    var text = value < 0 ? "−" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }

  /// With exactly `digits` decimals; in powers of ten where it is too large for that.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return missing }
    let scaled = (value.magnitude * pow(10, Double(digits))).rounded()
    guard scaled < 1e13, let all = Int(exactly: scaled) else { return scientific(value) }
    let sign = value < 0 && all > 0 ? "−" : ""
    let text = String(all)
    let padded = String(repeating: "0", count: max(digits + 1 - text.count, 0)) + text
    let whole = grouped(Int(padded.dropLast(digits)) ?? 0)
    return sign + whole + (digits > 0 ? "." + padded.suffix(digits) : "")
  }

  static func loss(_ value: Double?) -> String { value.map { fixed($0, 4) } ?? missing }

  /// A share of one: 91.3 %.
  static func percent(_ share: Double?) -> String {
    guard let share, share.isFinite else { return missing }
    return fixed(share * 100, 1) + space + "%"
  }

  static func rate(_ value: Double?) -> String { value.map { fixed($0, 0) } ?? missing }

  /// Four significant digits: 0.003, 1.25 × 10⁻⁵.
  static func significant(_ value: Double?) -> String {
    guard let value, value.isFinite else { return missing }
    guard value != 0 else { return "0" }
    let exponent = Int(log10(value.magnitude).rounded(.down))
    guard (-4...9).contains(exponent) else { return scientific(value) }
    return trimmed(fixed(value, max(3 - exponent, 0)))
  }

  private static func scientific(_ value: Double) -> String {
    let exponent = Int(log10(value.magnitude).rounded(.down))
    // In two steps, as ten to the whole may be nothing.
    let mantissa = value / pow(10, Double(exponent / 2)) / pow(10, Double(exponent - exponent / 2))
    return "\(trimmed(fixed(mantissa, 2))) × 10\(superscript(exponent))"
  }

  private static func trimmed(_ text: String) -> String {
    guard text.contains(".") else { return text }
    let kept = text.reversed().drop { $0 == "0" }.drop { $0 == "." }
    return String(kept.reversed())
  }

  private static func superscript(_ value: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return (value < 0 ? "⁻" : "")
      + String(String(value.magnitude).compactMap { $0.wholeNumberValue }.map { digits[$0] })
  }

  /// With a decimal unit: 4.2 MB, 262 kB.
  static func bytes(_ count: Int) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var (value, unit) = (Double(count), 0)
    while value >= 999.5, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    return fixed(value, unit == 0 || value >= 99.5 ? 0 : 1) + space + units[unit]
  }

  /// In the two units that matter: 26 ms, 0.4 s, 3 min 20 s, 1 h 5 min.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite else { return missing }
    guard seconds >= 0.0995 else { return fixed(max(seconds, 0) * 1000, 0) + space + "ms" }
    guard seconds >= 59.95 else { return fixed(seconds, seconds < 9.95 ? 1 : 0) + space + "s" }
    guard seconds < 1e9, let whole = Int(exactly: seconds.rounded()) else { return missing }
    return whole < 3600
      ? "\(whole / 60)\(space)min \(whole % 60)\(space)s"
      : "\(grouped(whole / 3600))\(space)h \(whole % 3600 / 60)\(space)min"
  }

  static func counted(_ count: Int, _ singular: String, _ plural: String) -> String {
    "\(grouped(count)) \(count == 1 ? singular : plural)"
  }

  /// A number that only places something on the page: at most three decimals, no grouping.
  static func coordinate(_ value: Double) -> String {
    guard value.isFinite, value.magnitude < 1e9 else { return "0" }
    let scaled = (value * 1000).rounded() / 1000
    return scaled == scaled.rounded() ? String(Int(scaled)) : String(scaled)
  }
}
