extension HTML {
  enum BarStyle: String {
    case accent, plain
  }

  /// A bar of a length from 0 to 1.
  static func bar(_ length: Double, _ style: BarStyle) -> HTML {
    let shown = Numbers.coordinate(min(max(length, 0), 1))
    return "<span class=\"bar \(style.rawValue)\" style=\"--share:\(shown)\"></span>"
  }

  /// A bar and the figure that it stands for.
  static func bar(_ length: Double, _ amount: String, _ style: BarStyle) -> HTML {
    "\(.bar(length, style))<span class=\"amount\">\(amount)</span>"
  }

  /// A share of one and a bar as long; a dash where there is none.
  static func share(_ share: Double?) -> HTML {
    guard let share, share.isFinite else { return "\(Numbers.missing)" }
    return .bar(share, Numbers.percent(share), .accent)
  }
}
