/// `value` with its thousands separated: 3,233,989.
func grouped(_ value: Int) -> String {
  var digits = String(value.magnitude)
  var groups: [Substring] = []
  while digits.count > 3 {
    groups.insert(digits.suffix(3), at: 0)
    digits = String(digits.dropLast(3))
  }
  return (value < 0 ? "-" : "") + ([digits[...]] + groups).joined(separator: ",")
}

/// Images a second, or a dash where no time passed.
func imageRate(_ value: Double) -> String { value < 1e12 ? grouped(Int(value)) : "–" }

/// `value` with exactly `digits` decimals.
func fixed(_ value: Double, _ digits: Int) -> String {
  let power = (0..<digits).reduce(1.0) { product, _ in product * 10 }
  let scaled = (value.magnitude * power).rounded()
  guard scaled < 1e15 else {
    return value.isFinite ? "\(value)" : value.isNaN ? "nan" : value < 0 ? "-inf" : "inf"
  }
  let all = String(Int(scaled))
  let padded = String(repeating: "0", count: max(digits + 1 - all.count, 0)) + all
  let sign = value < 0 && scaled > 0 ? "-" : ""
  guard digits > 0 else { return sign + padded }
  return sign + padded.dropLast(digits) + "." + padded.suffix(digits)
}

/// `value` in three significant digits: 0.0123, 4.56e-7.
func significant(_ value: Double) -> String {
  guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
  var exponent = 0
  var mantissa = value.magnitude
  while mantissa >= 9.995 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
  while mantissa < 0.9995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
  guard (-4...5).contains(exponent) else {
    return (value < 0 ? "-" : "") + fixed(mantissa, 2) + "e\(exponent)"
  }
  return fixed(value, max(2 - exponent, 0))
}

/// A share of one as a percentage: 91.3 %.
func percent(_ share: Double) -> String { fixed(share * 100, 1) + " %" }

/// A size in bytes with a decimal unit, in two or three digits: 4.2 MB, 262 kB.
func byteSize(_ count: Int) -> String {
  let units = ["B", "kB", "MB", "GB", "TB"]
  var value = Double(count)
  var unit = 0
  while value >= 999.5, unit < units.count - 1 {
    value /= 1000
    unit += 1
  }
  return fixed(value, unit == 0 || value >= 9.95 ? 0 : 1) + " " + units[unit]
}

/// A duration in the two units that matter: 26 ms, 0.4 s, 12 s, 3 min 20 s, 1 h 5 min.
func duration(_ seconds: Double) -> String {
  guard seconds >= 0.0995 else { return fixed(max(seconds, 0) * 1000, 0) + " ms" }
  guard seconds >= 9.95 else { return fixed(seconds, 1) + " s" }
  guard seconds < 1e9 else { return "ages" }
  let whole = Int(seconds.rounded())
  switch whole {
  case ..<60: return "\(whole) s"
  case ..<3600: return "\(whole / 60) min \(whole % 60) s"
  default: return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}

/// An estimate, in whole seconds at least: 1 s left.
func timeLeft(_ seconds: Double) -> String {
  seconds < 60 ? "\(fixed(seconds.rounded(.up), 0)) s left" : duration(seconds) + " left"
}

/// `count` things: 1 image, 2,934 images.
func counted(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
  "\(grouped(count)) \(count == 1 ? singular : plural ?? singular + "s")"
}
