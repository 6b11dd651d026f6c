import Glibc
import Training

/// An evaluation as a person reads it: the figures, and which classes were taken for which.
struct ConfusionText {
  private let evaluation: Evaluation
  private let style = Style(descriptor: STDOUT_FILENO)

  init(_ evaluation: Evaluation) { self.evaluation = evaluation }

  /// - Parameter width: Columns that the whole matrix may take; the classes most often mistaken are listed
  ///   where it would take more.
  func rendered(width: Int) -> String {
    let figures =
      "\(counted(evaluation.images, "image")), \(grouped(evaluation.correct)) right: "
      + "accuracy \(percent(evaluation.accuracy)), loss \(fixed(evaluation.loss, 4))\n\n"
    return figures + (matrix.width <= width ? matrix : mistakes).rendered(style: style)
  }

  private var labels: [String] { evaluation.labels.map(printable) }

  /// A row for each true class, a column for each predicted one; recall at the right, precision at the foot.
  private var matrix: Table {
    var table = Table(
      [.left("true \\ predicted")] + labels.map { .right($0) } + [.right("recall")])
    for (row, label) in labels.enumerated() {
      let counts = evaluation.confusion[row].map { $0 == 0 ? "·" : grouped($0) }
      table.add([label] + counts + [share(evaluation.perClass[row].recall)])
    }
    table.add(["precision"] + evaluation.perClass.map { share($0.precision) } + [""])
    return table
  }

  private var mistakes: Table {
    var pairs: [(count: Int, truth: Int, prediction: Int)] = []
    for (truth, row) in evaluation.confusion.enumerated() {
      for (prediction, count) in row.enumerated() where count > 0 && truth != prediction {
        pairs.append((count, truth, prediction))
      }
    }
    pairs.sort { ($0.count, $1.truth, $1.prediction) > ($1.count, $0.truth, $0.prediction) }
    var table = Table([.left("most frequent mistakes: true"), .left("predicted"), .right("images")])
    for pair in pairs.prefix(20) {
      table.add([labels[pair.truth], labels[pair.prediction], grouped(pair.count)])
    }
    return table
  }

  private func share(_ value: Double?) -> String { value.map(percent) ?? "–" }
}
