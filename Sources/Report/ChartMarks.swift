/// What stands at and beside the lines of a chart.
extension Chart {
  func dot(_ series: Series, at index: Int, _ kind: HTML) -> HTML {
    guard epochs.indices.contains(index), series.values.indices.contains(index),
      let value = series.values[index]
    else { return .nothing }
    return """
      <circle class="dot \(kind) \(series.style.rawValue)" cx="\(Numbers.coordinate(across(Double(epochs[index]))))%" \
      cy="\(Numbers.coordinate(down(value)))" r="3.5"/>
      """
  }

  /// A line through the epoch that was kept, and its name above.
  var keptMark: HTML {
    guard let kept, let index = epochs.firstIndex(of: kept) else { return .nothing }
    let position = across(Double(kept))
    let x = Numbers.coordinate(position)
    let anchor: HTML = position < 15 ? "start" : position > 85 ? "end" : "middle"
    return """
      <line class="kept" x1="\(x)%" x2="\(x)%" y1="-4" y2="\(Numbers.coordinate(height))"/>\
      <text class="kept" x="\(x)%" y="-10" text-anchor="\(anchor)">epoch \(Numbers.grouped(kept)) kept</text>
      \(series.map { dot($0, at: index, "at-kept") })
      """
  }

  /// Each series' name at the end of its line, moved apart where two would meet.
  var names: HTML {
    guard isLabelled else { return .nothing }
    let lineHeight = 16.0
    let wanted = series.compactMap { series in
      series.values.last { $0 != nil }.flatMap(\.self).map { (series: series, y: down($0)) }
    }.sorted { $0.y < $1.y }
    var places = wanted.map(\.y)
    for index in places.indices.dropFirst() {
      places[index] = max(places[index], places[index - 1] + lineHeight)
    }
    let excess = max((places.last ?? 0) - height, 0)
    for index in places.indices { places[index] -= excess }
    return """
      \(zip(wanted, places).map { item, y in
        """
        <text class="name \(item.series.style.rawValue)" x="100%" y="\(Numbers.coordinate(y))" dx="10" dy=".35em">\
        \(item.series.name)</text>

        """ as HTML
      })
      """
  }

  /// Strips that show an epoch's figures while a pointer is over them.
  var readings: HTML {
    let most = 250
    let stride = max((epochs.count + most - 1) / most, 1)
    let shown = epochs.indices.filter { $0 % stride == 0 || $0 == epochs.count - 1 || epochs[$0] == kept }
    return "\(shown.enumerated().map { reading(of: $1, between: shown, $0) })"
  }

  private func reading(of index: Int, between shown: [Int], _ place: Int) -> HTML {
    let x = across(Double(epochs[index]))
    let left = place == 0 ? 0 : (x + across(Double(epochs[shown[place - 1]]))) / 2
    let right = place == shown.count - 1 ? 100 : (x + across(Double(epochs[shown[place + 1]]))) / 2
    let figures = series.map { series in
      "\(series.name) \(series.values[index].map(format) ?? Numbers.missing)"
    }
    let text = "epoch \(Numbers.grouped(epochs[index])): " + figures.joined(separator: ", ")
    return """
      <g class="reading"><rect x="\(Numbers.coordinate(left))%" width="\(Numbers.coordinate(right - left))%" \
      y="-4" height="\(Numbers.coordinate(height + 28))"/>\
      <line x1="\(Numbers.coordinate(x))%" x2="\(Numbers.coordinate(x))%" y2="\(Numbers.coordinate(height))"/>\
      \(series.map { dot($0, at: index, "point") })\
      <text x="-48" y="\(Numbers.coordinate(height + 42))">\(text)</text></g>

      """
  }
}
