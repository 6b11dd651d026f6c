/// Figures by epoch as lines, in SVG that needs no script.
///
/// Across, positions are percentages, so that text and strokes keep their size however wide the page is; from
/// the top down they are pixels.
struct Chart {
  /// What tells a line from the others: colour and dashes.
  enum Style: String {
    case training, validation
    /// Of a line that has its chart for itself.
    case plain
  }

  struct Series {
    let name: String
    let style: Style
    /// One an epoch; nil leaves a gap.
    let values: [Double?]

    init(_ name: String, style: Style, _ values: [Double?]) {
      self.name = name
      self.style = style
      self.values = values.map { $0.flatMap { Axis.isDrawn($0) ? $0 : nil } }
    }
  }

  let id: HTML
  let title: String
  let epochs: [Int]
  let series: [Series]
  let unit: String
  /// The epoch to mark as the one that was kept.
  let kept: Int?
  let height: Double
  let format: @Sendable (Double) -> String
  let vertical: Axis

  /// - Parameters:
  ///   - unit: Behind each label of the vertical axis.
  ///   - fromZero: Whether the vertical axis begins at zero even where little of it is used.
  init(
    id: HTML, title: String, epochs: [Int], series: [Series], unit: String = "", kept: Int? = nil,
    height: Double = 220, fromZero: Bool = false, format: @escaping @Sendable (Double) -> String
  ) {
    self.id = id
    self.title = title
    self.epochs = epochs
    self.series = series.filter { $0.values.contains { $0 != nil } }
    self.unit = unit
    self.kept = kept
    self.height = height
    self.format = format
    vertical = Axis(
      holding: series.flatMap(\.values).compactMap(\.self) + (fromZero ? [0] : []),
      stepCount: height < 150 ? 3 : 5, fromZero: true)
  }

  var figure: HTML {
    let classes: HTML = isLabelled ? "chart labelled" : "chart"
    return """
      <figure class="\(classes)" id="\(id)">
      <figcaption>\(title) <small>by epoch</small></figcaption>
      <div class="plot"><svg height="\(Numbers.coordinate(height))">
      <g role="img" aria-labelledby="\(id)-name \(id)-description">
      <title id="\(id)-name">\(title) by epoch</title>
      <desc id="\(id)-description">\(description)</desc>
      \(grid)\(keptMark)\(lines)\(names)
      </g>
      <g aria-hidden="true">
      \(readings)</g>
      </svg></div>
      </figure>

      """
  }

  /// What the lines show, in words.
  private var description: String {
    series.map { series in
      let known = zip(epochs, series.values).compactMap { epoch, value in value.map { (epoch, $0) } }
      guard let first = known.first, let last = known.last else { return "" }
      let start = "\(series.name): \(format(first.1)) at epoch \(first.0)"
      return known.count == 1 ? start + "." : start + ", \(format(last.1)) at epoch \(last.0)."
    }.joined(separator: " ")
  }

  /// Percent from the left.
  func across(_ epoch: Double) -> Double {
    guard let first = epochs.first, let last = epochs.last, first < last else { return 50 }
    return 100 * (epoch - Double(first)) / (Double(last) - Double(first))
  }

  /// Pixels from the top.
  func down(_ value: Double) -> Double { height * (1 - vertical.position(of: value)) }

  /// Whether the lines bear names.
  var isLabelled: Bool { series.contains { $0.style != .plain } }

  private var grid: HTML {
    let rows = vertical.ticks.map { tick in
      let y = Numbers.coordinate(down(tick))
      return """
        <line class="grid" x2="100%" y1="\(y)" y2="\(y)"/>\
        <text class="tick" y="\(y)" dx="-8" dy=".35em" text-anchor="end">\(vertical.label(of: tick) + unit)</text>

        """ as HTML
    }
    let horizontal = Axis(holding: epochs.map(Double.init), stepCount: 5, fromZero: false, leastStep: 1)
    let within =
      epochs.count > 1 ? horizontal.ticks.filter { (0...100).contains(across($0)) } : epochs.map(Double.init)
    let columns = within.map { tick in
      """
      <text class="tick" x="\(Numbers.coordinate(across(tick)))%" y="\(Numbers.coordinate(height))" dy="20" \
      text-anchor="middle">\(horizontal.label(of: tick))</text>

      """ as HTML
    }
    return "\(rows)\(columns)"
  }

  private var lines: HTML {
    """
    <svg class="lines" viewBox="0 0 100 \(Numbers.coordinate(height))" preserveAspectRatio="none" \
    height="\(Numbers.coordinate(height))">
    \(series.map { "<path class=\"line \($0.style.rawValue)\" d=\"\(path(of: $0))\"/>\n" as HTML })</svg>
    \(series.map(loneDots))
    """
  }

  /// One command a point; a point behind a gap begins anew.
  private func path(of series: Series) -> String {
    var commands: [String] = []
    var isDrawing = false
    for (epoch, value) in zip(epochs, series.values) {
      if let value {
        let (x, y) = (Numbers.coordinate(across(Double(epoch))), Numbers.coordinate(down(value)))
        commands.append("\(isDrawing ? "L" : "M")\(x) \(y)")
      }
      isDrawing = value != nil
    }
    return commands.joined()
  }

  /// Dots for the points that no line reaches.
  private func loneDots(_ series: Series) -> HTML {
    let values = series.values
    let lone = values.indices.filter { index in
      values[index] != nil && (index == 0 || values[index - 1] == nil)
        && (index == values.count - 1 || values[index + 1] == nil)
    }
    return "\(lone.map { dot(series, at: $0, "lone") })"
  }
}
