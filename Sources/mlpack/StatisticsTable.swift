import Glibc
import ModelGraph

/// The statistics of a network's tensors, as a person reads them.
struct StatisticsTable {
  private let graph: Graph
  private let statistics: [WeightID: TensorStatistics]

  init(_ graph: Graph, _ statistics: [WeightID: TensorStatistics]) {
    self.graph = graph
    self.statistics = statistics
  }

  /// A row for each tensor, below its layer's name. It fits 80 columns, but for long names.
  var text: String {
    let hasNonFinite = statistics.values.contains { $0.nonFinite > 0 }
    // Where there is nothing to warn of, there is no column for it.
    let warning = hasNonFinite ? [Table.Column.right("nan, inf", gap: 1)] : []
    var table = Table(
      [.left("tensor"), .right("min", gap: 1), .right("max", gap: 1), .right("mean", gap: 1)]
        + [.right("dev", gap: 1), .right("zeros", gap: 1)] + warning + [.left("histogram")])
    for (layer, specs) in zip(graph.layers, graph.weightSpecs) where !specs.isEmpty {
      let blanks = [String](repeating: "", count: hasNonFinite ? 7 : 6)
      table.add([printable(layer.name)] + blanks)
      for spec in specs {
        guard let found = statistics[WeightID(layer: layer.name, name: spec.name)] else { continue }
        let cells = StatisticsTable.cells(found, withNonFinite: hasNonFinite)
        table.add(["  \(spec.name.rawValue)"] + cells, found.nonFinite > 0 ? .bad : .none)
      }
    }
    return table.rendered(width: Terminal.width(of: STDOUT_FILENO), style: Style(descriptor: STDOUT_FILENO))
  }

  private static func cells(_ found: TensorStatistics, withNonFinite: Bool) -> [String] {
    let distribution = found.distribution
    let numbers = [distribution?.min, distribution?.max, distribution?.mean, distribution?.deviation]
    return numbers.map { $0.map(significant) ?? "–" } + [count(found.zeros)]
      + (withNonFinite ? [count(found.nonFinite)] : []) + [distribution.map { bars($0.histogram) } ?? ""]
  }

  private static func count(_ number: Int) -> String { number == 0 ? "·" : grouped(number) }

  /// A bar for each bin, of eight heights; only what is empty has none.
  private static func bars(_ histogram: [Int]) -> String {
    let heights: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    let highest = max(histogram.max() ?? 0, 1)
    return String(
      histogram.map { count in
        count == 0 ? " " : heights[Int(Double(count) / Double(highest) * 7.999)]
      })
  }
}

extension StatisticsTable {
  /// The member `stats` of a tensor's object; none without statistics.
  static func members(_ found: TensorStatistics?) -> [(key: String, value: JSON)] {
    guard let found else { return [] }
    let distribution = found.distribution
    let stats = JSON.object([
      ("min", .optional(distribution?.min)), ("max", .optional(distribution?.max)),
      ("mean", .optional(distribution?.mean)), ("deviation", .optional(distribution?.deviation)),
      ("zeros", .integer(found.zeros)), ("nonFinite", .integer(found.nonFinite)),
      (
        "histogram",
        .integers(distribution?.histogram ?? [Int](repeating: 0, count: TensorStatistics.binCount))
      ),
    ])
    return [("stats", stats)]
  }
}
