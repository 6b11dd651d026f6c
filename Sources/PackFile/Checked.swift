/// Arithmetic on sizes that a file may have influenced: nil instead of an overflow.
enum Checked {
  static func product(_ a: Int, _ b: Int) -> Int? {
    let (value, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? nil : value
  }

  static func sum(_ a: Int, _ b: Int) -> Int? {
    let (value, overflow) = a.addingReportingOverflow(b)
    return overflow ? nil : value
  }

  /// The least multiple of the format's alignment that is not below `offset`.
  static func aligned(_ offset: Int) -> Int? {
    sum(offset, Format.alignment - 1).map { $0 / Format.alignment * Format.alignment }
  }
}
