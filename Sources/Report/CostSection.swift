extension RunReport {
  /// Time, memory and throughput.
  var costSection: HTML {
    .section(
      "cost", "What it took",
      """
      <div class="pair"><div>\(timeTable)</div><div>\(memoryTable)</div></div>
      \(paceCharts)
      """)
  }

  private var timeTable: HTML {
    let total = totalSeconds
    let rows = time.map { phase in
      measure(phase.name, phase.seconds / total, Numbers.duration(phase.seconds))
    }
    guard !rows.isEmpty else { return .nothing }
    return measures("time", "Time", "\(rows)\(measure("altogether", nil, Numbers.duration(total)))")
  }

  private var memoryTable: HTML {
    let sizes = [("planned", memory.planned), ("limit", memory.limit), ("process, with driver", memory.peak)]
    let largest = Double(max(sizes.compactMap(\.1).max() ?? 1, 1))
    let rows = sizes.compactMap { name, size in
      size.map { measure(name, Double($0) / largest, Numbers.bytes($0)) }
    }
    guard !rows.isEmpty else { return .nothing }
    return measures("memory", "Memory", "\(rows)")
  }

  private func measures(_ id: HTML, _ title: String, _ rows: HTML) -> HTML {
    """
    <table id="\(id)" class="measures"><caption>\(title)</caption>
    <tbody>
    \(rows)</tbody></table>
    """
  }

  private func measure(_ name: String, _ share: Double?, _ value: String) -> HTML {
    let bar = share.map { HTML.bar($0, .plain) } ?? .nothing
    return "<tr><th scope=\"row\">\(name)</th><td class=\"track\">\(bar)</td><td>\(value)</td></tr>\n"
  }

  var factSections: HTML {
    let options: HTML = self.options.isEmpty ? .nothing : .section("options", "Options", .facts(self.options))
    return
      "\(options)\(HTML.section("provenance", "Provenance", .facts(provenance + [Row("device", device)])))"
  }
}
