extension RunReport {
  /// Validation images by true class (rows) and predicted class (columns).
  public struct Confusion: Sendable, Hashable {
    private let rows: [[Int]]
    let rowTotals: [Int]
    let columnTotals: [Int]
    let images: Int
    let correct: Int

    /// - Parameter rows: A row for each true class, a count for each predicted one. What is missing counts as
    ///   zero, and what is negative too.
    public init(rows: [[Int]]) {
      let size = max(rows.count, rows.map(\.count).max() ?? 0)
      let square = (0..<size).map { row in
        let counts = row < rows.count ? rows[row] : []
        return (0..<size).map { $0 < counts.count ? max(counts[$0], 0) : 0 }
      }
      self.rows = square
      rowTotals = square.map(Confusion.total)
      columnTotals = (0..<size).map { column in Confusion.total(square.map { $0[column] }) }
      images = Confusion.total(rowTotals)
      correct = Confusion.total((0..<size).map { square[$0][$0] })
    }

    /// Stops at the largest number there is.
    private static func total(_ counts: [Int]) -> Int {
      counts.reduce(0) { sum, count in
        let (next, isTooLarge) = sum.addingReportingOverflow(count)
        return isTooLarge ? .max : next
      }
    }

    var size: Int { rows.count }

    /// Zero for classes that the matrix doesn't know.
    subscript(truth: Int, prediction: Int) -> Int {
      rows.indices.contains(truth) && rows.indices.contains(prediction) ? rows[truth][prediction] : 0
    }

    /// Share of the images called so that are so; nil where none is called so.
    func precision(_ index: Int) -> Double? { share(of: columnTotals, index) }

    /// Share of the images of the class that are called so; nil where there is none.
    func recall(_ index: Int) -> Double? { share(of: rowTotals, index) }

    private func share(of totals: [Int], _ index: Int) -> Double? {
      guard totals.indices.contains(index), totals[index] > 0 else { return nil }
      return Double(self[index, index]) / Double(totals[index])
    }

    struct Pair {
      let truth: Int
      let prediction: Int
      let count: Int
    }

    /// Which class was taken for which other, the most frequent first, then in the order of the classes.
    var confusedPairs: [Pair] {
      var pairs: [Pair] = []
      for (truth, row) in rows.enumerated() {
        for (prediction, count) in row.enumerated() where count > 0 && truth != prediction {
          pairs.append(Pair(truth: truth, prediction: prediction, count: count))
        }
      }
      return pairs.sorted {
        ($1.count, $0.truth, $0.prediction) < ($0.count, $1.truth, $1.prediction)
      }
    }
  }
}
