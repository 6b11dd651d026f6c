/// Just enough of a reader of pages to look at what a report says.
enum Page {
  /// Every tag by its name, in order: what is left when all text and all attributes are taken away.
  static func tags(_ page: String) -> [String] {
    page.matches(of: /<(\/?[a-zA-Z!][a-zA-Z0-9]*)/).map { String($0.output.1) }
  }

  /// What is between the first tag of a name and its end.
  static func part(_ name: String, of page: String) -> Substring {
    guard let start = page.firstRange(of: "<\(name)"),
      let end = page[start.upperBound...].firstRange(of: "</\(name)>")
    else { return "" }
    return page[start.lowerBound..<end.lowerBound]
  }

  /// The element of a tag with that identifier, up to the first end of such a tag.
  static func element(_ tag: String, _ id: String, of page: String) -> Substring {
    guard let start = page.firstRange(of: " id=\"\(id)\""),
      let end = page[start.upperBound...].firstRange(of: "</\(tag)>")
    else { return "" }
    return page[start.lowerBound..<end.lowerBound]
  }

  /// The text of each cell of a table's body, by row.
  static func rows(_ id: String, of page: String) -> [[String]] {
    let table = element("table", id, of: page)
    guard let body = table.firstRange(of: "<tbody>") else { return [] }
    return table[body.upperBound...].split(separator: "<tr").map { row in
      row.matches(of: /<(?:th|td)\b[^>]*>(.*?)<\/(?:th|td)>/).map {
        String($0.output.1.replacing(/<[^>]*>/, with: ""))
      }
    }.filter { !$0.isEmpty }
  }

  /// The commands of a line of a chart, a point each: "M0 12.5", "L50 7".
  static func points(_ style: String, in chart: String, of page: String) -> [String] {
    let figure = element("figure", chart, of: page)
    guard let start = figure.firstRange(of: "class=\"line \(style)\" d=\"") else { return [] }
    return figure[start.upperBound...].prefix { $0 != "\"" }.matches(of: /[ML][^ML]*/).map {
      String($0.output)
    }
  }

  static func count(_ text: String, in part: Substring) -> Int { part.ranges(of: text).count }
}
