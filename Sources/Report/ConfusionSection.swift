extension RunReport {
  /// Up to this many classes the whole matrix is a table that can be read.
  private static let mostInTable = 20
  private static let mostPairs = 20

  func label(_ index: Int) -> String {
    classes.indices.contains(index) ? classes[index].label : "class \(Numbers.grouped(index))"
  }

  var confusionSection: HTML {
    guard let confusion, confusion.images > 0 else {
      return .section(
        "confusion", "Confusion matrix",
        "<p class=\"note\">No images were set aside for validation, so nothing can be said of mistakes.</p>")
    }
    let images = Numbers.counted(confusion.images, "validation image", "validation images")
    let summary = "\(Numbers.grouped(confusion.correct)) of \(images) right."
    let isTable = confusion.size <= Self.mostInTable
    let legend = isTable ? "A row for each true class, a column for each predicted one." : ""
    return .section(
      "confusion", "Confusion matrix",
      "<p class=\"note\">\(summary) \(legend)</p>\n\(isTable ? matrix(confusion) : overview(confusion))")
  }

  private func matrix(_ confusion: Confusion) -> HTML {
    let columns = (0..<confusion.size).map {
      "<th scope=\"col\"><span>\(.name(label($0)))</span></th>" as HTML
    }
    let rows = (0..<confusion.size).map { truth in
      let cells = (0..<confusion.size).map { cell(confusion, truth, $0) }
      return "<tr><th scope=\"row\">\(.name(label(truth)))</th>\(cells)</tr>\n" as HTML
    }
    return """
      <div class="scroll" role="region" tabindex="0" aria-label="Confusion matrix">
      <table id="matrix" class="\(confusion.size > 8 ? "matrix dense" : "matrix")">
      <thead><tr><th scope="col" class="corner">true \\ predicted</th>\(columns)</tr></thead>
      <tbody>
      \(rows)</tbody>
      </table></div>
      """
  }

  private func cell(_ confusion: Confusion, _ truth: Int, _ prediction: Int) -> HTML {
    let count = confusion[truth, prediction]
    let kind: HTML = truth == prediction ? "right" : "wrong"
    guard count > 0 else { return "<td class=\"\(kind) none\">0</td>" }
    let tint = tint(count, of: confusion.rowTotals[truth])
    return "<td class=\"\(kind)\" style=\"--tint:\(tint)\">\(Numbers.grouped(count))</td>"
  }

  /// How strong a cell's colour is: the root of its share of the row, so that a few mistakes are seen.
  private func tint(_ count: Int, of total: Int) -> String {
    Numbers.coordinate((Double(count) / Double(max(total, 1))).squareRoot())
  }

  private func overview(_ confusion: Confusion) -> HTML {
    let pairs = confusion.confusedPairs
    let rows = pairs.prefix(Self.mostPairs).map { pair in
      let share = Double(pair.count) / Double(max(confusion.rowTotals[pair.truth], 1))
      return """
        <tr><th scope="row">\(.name(label(pair.truth)))</th>\
        <td class="text">\(.name(label(pair.prediction)))</td>\
        <td>\(Numbers.grouped(pair.count))</td><td>\(.share(share))</td></tr>

        """ as HTML
    }
    let caption = pairs.isEmpty ? "No image was taken for another class" : "Most often taken for another"
    let table: HTML = """
      <div class="scroll" role="region" tabindex="0" aria-label="Most confused classes">
      <table id="pairs"><caption>\(caption)</caption>
      <thead><tr><th scope="col">true class</th><th scope="col" class="text">taken for</th>\
      <th scope="col">images</th><th scope="col">share of the class</th></tr></thead>
      <tbody>
      \(rows)</tbody></table></div>
      """
    return "<div class=\"overview\">\(table)\(ConfusionPicture(confusion).figure)</div>"
  }
}
