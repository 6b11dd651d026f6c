/// Rows of text in aligned columns, as plain text.
struct Table {
  enum Alignment { case left, right }

  struct Column {
    let title: String
    let alignment: Alignment
    /// Blanks before the column.
    var gap = 2
  }

  /// How a row stands out on a terminal.
  enum Emphasis { case none, dim, good, bad }

  private let columns: [Column]
  private var rows: [(cells: [String], emphasis: Emphasis)] = []

  init(_ columns: [Column]) { self.columns = columns }

  /// - Precondition: One cell a column.
  mutating func add(_ cells: [String], _ emphasis: Emphasis = .none) {
    precondition(cells.count == columns.count, "\(cells.count) cells for \(columns.count) columns")
    rows.append((cells, emphasis))
  }

  /// The table's lines, each ended: the titles, a rule, the rows.
  ///
  /// - Parameter width: Columns of the terminal. Where the table is wider, its first column becomes narrower,
  ///   and a cell that no longer fits goes on below, from its last blank on.
  func rendered(width: Int? = nil, style: Style) -> String {
    var widths = naturalWidths
    let excess = widths.reduce(gaps, +) - (width ?? .max)
    if excess > 0 { widths[0] = max(widths[0] - excess, Table.narrowest) }
    let head = line(columns.map(\.title), widths)
    let rule = String(repeating: "─", count: widths.reduce(gaps, +))
    let body = rows.flatMap { row in
      folded(row.cells, into: widths[0]).map { style.emphasized(line($0, widths), row.emphasis) }
    }
    return ([style.bold(head), style.dim(rule)] + body).map { $0 + "\n" }.joined()
  }

  /// Of the first column no less than its longest word needs is worth having.
  private static let narrowest = 20

  /// Columns of the terminal that all of it takes.
  var width: Int { naturalWidths.reduce(gaps, +) }

  private var gaps: Int { columns.dropFirst().reduce(0) { $0 + $1.gap } }

  private var naturalWidths: [Int] {
    columns.indices.map { column in
      rows.reduce(columns[column].title.count) { max($0, $1.cells[column].count) }
    }
  }

  private func folded(_ cells: [String], into width: Int) -> [[String]] {
    guard cells[0].count > width, let blank = cells[0].lastIndex(of: " ") else { return [cells] }
    let rest = "  " + cells[0][cells[0].index(after: blank)...]
    return [
      [String(cells[0][..<blank])] + cells.dropFirst(), [rest] + cells.dropFirst().map { _ in "" },
    ]
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var line = ""
    for (column, cell) in cells.enumerated() {
      let blanks = String(repeating: " ", count: max(widths[column] - cell.count, 0))
      line += String(repeating: " ", count: column == 0 ? 0 : columns[column].gap)
      line += columns[column].alignment == .left ? cell + blanks : blanks + cell
    }
    while line.last == " " { line.removeLast() }
    return line
  }
}

extension Style {
  fileprivate func emphasized(_ line: String, _ emphasis: Table.Emphasis) -> String {
    switch emphasis {
    case .none: line
    case .dim: dim(line)
    case .good: green(line)
    case .bad: red(line)
    }
  }
}

extension Table.Column {
  static func left(_ title: String, gap: Int = 2) -> Table.Column {
    Table.Column(title: title, alignment: .left, gap: gap)
  }

  static func right(_ title: String, gap: Int = 2) -> Table.Column {
    Table.Column(title: title, alignment: .right, gap: gap)
  }
}
