/// A confusion matrix too large to read, as a picture: the darker a square, the larger its share of the images.
struct ConfusionPicture {
  private static let mostSquares = 100
  private static let levels = 5

  private let side: Int
  /// Classes a square, each way.
  private let bin: Int
  /// Squares of each level, the faintest first, and whether they lie on the diagonal.
  private var squares: [[Square]]

  private struct Square {
    let row: Int
    let column: Int
  }

  init(_ confusion: RunReport.Confusion) {
    bin = max((confusion.size + Self.mostSquares - 1) / Self.mostSquares, 1)
    side = (confusion.size + bin - 1) / bin
    squares = Array(repeating: [], count: Self.levels)
    for row in 0..<side {
      let counts = binned(confusion, row)
      let total = max(counts.reduce(0, +), 1)
      for (column, count) in counts.enumerated() where count > 0 {
        let strength = (count / total).squareRoot() * Double(Self.levels)
        let level = min(max(Int(strength.rounded(.up)) - 1, 0), Self.levels - 1)
        squares[level].append(Square(row: row, column: column))
      }
    }
  }

  private func binned(_ confusion: RunReport.Confusion, _ row: Int) -> [Double] {
    var counts = [Double](repeating: 0, count: side)
    for truth in row * bin..<min((row + 1) * bin, confusion.size) {
      for prediction in 0..<confusion.size {
        counts[prediction / bin] += Double(confusion[truth, prediction])
      }
    }
    return counts
  }

  var figure: HTML {
    let paths = squares.enumerated().flatMap { level, squares in
      [
        path("right", level, squares.filter { $0.row == $0.column }),
        path("wrong", level, squares.filter { $0.row != $0.column }),
      ]
    }
    let each = bin == 1 ? "A square is a class each way" : "A square is \(bin) classes each way"
    return """
      <figure class="picture">
      <svg viewBox="0 0 \(side) \(side)" role="img" aria-labelledby="picture-name picture-description" \
      shape-rendering="crispEdges">
      <title id="picture-name">The whole confusion matrix</title>
      <desc id="picture-description">True classes from the top down, predicted ones from left to right; what is \
      right lies on the diagonal.</desc>
      <rect class="ground" width="\(side)" height="\(side)"/>
      \(paths)</svg>
      <figcaption>True classes from the top down, predicted ones from left to right. \(each).</figcaption>
      </figure>
      """
  }

  private func path(_ kind: HTML, _ level: Int, _ squares: [Square]) -> HTML {
    guard !squares.isEmpty else { return .nothing }
    let shape = squares.map { "M\($0.column) \($0.row)h1v1h-1z" }.joined()
    let opacity = Numbers.coordinate(Double(level + 1) / Double(Self.levels))
    return "<path class=\"\(kind)\" fill-opacity=\"\(opacity)\" d=\"\(shape)\"/>\n"
  }
}
