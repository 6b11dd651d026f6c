import Glibc
import ModelGraph

extension FileComparison {
  /// `rows` in a table, then what only one file has, up to the width of the terminal.
  func table(_ rows: [TensorComparison], withSurplus: Bool) -> String {
    var table = Table([
      .left("tensor"), .left("status"), .right("max abs"), .right("ulp"), .right("relative"),
    ])
    for row in rows { table.add(FileComparison.cells(row), row.status.emphasis) }
    if withSurplus {
      for (place, ids) in [("in A alone", networks.onlyInA), ("in B alone", networks.onlyInB)] {
        for id in ids { table.add([printable(id.description), place, "", "", ""]) }
      }
    }
    return table.rendered(width: Terminal.width(of: STDOUT_FILENO), style: Style(descriptor: STDOUT_FILENO))
  }

  /// The tensors that are not the same, those that matter most first: frozen ones, then the farthest apart.
  var worst: [TensorComparison] {
    networks.tensors.filter { !$0.status.isSame }.enumerated().sorted { x, y in
      x.element.badness == y.element.badness ? x.offset < y.offset : x.element.badness > y.element.badness
    }
    .map(\.element)
  }

  private static func cells(_ row: TensorComparison) -> [String] {
    let dash = "–"
    let distance = row.distance
    return [
      printable(row.id.description), row.status.label(row.shape), distance?.maxAbs.map(significant) ?? dash,
      distance?.maxUlp.map(steps) ?? dash, distance?.relative.map(significant) ?? dash,
    ]
  }

  private static func steps(_ count: Int) -> String {
    count < 10_000_000 ? grouped(count) : significant(Double(count))
  }
}

extension TensorComparison {
  /// What a list of the worst is sorted by; what cannot be measured is as far apart as can be.
  fileprivate var badness: (Int, Double) {
    (status == .changed ? 1 : 0, distance?.relative ?? .infinity)
  }
}

extension TensorComparison.Status {
  /// A name for scripts.
  var name: String {
    switch self {
    case .identical: "identical"
    case .explained: "explained"
    case .trained: "trained"
    case .changed: "changed"
    case .differs: "differs"
    case .shape: "shape"
    }
  }

  /// A name for a person.
  fileprivate func label(_ shape: Shape) -> String {
    switch self {
    case .identical, .trained, .differs: name
    case .explained(let why): "≈ \(why.precision)"
    case .changed: "frozen, changed"
    case .shape(let inB): "\(extents(shape)) | \(extents(inB))"
    }
  }

  fileprivate var emphasis: Table.Emphasis {
    switch self {
    case .identical: .dim
    case .explained: .good
    case .changed: .bad
    case .trained, .differs, .shape: .none
    }
  }

  private func extents(_ shape: Shape) -> String { shape.map(String.init).joined(separator: "×") }
}
