extension RunReport {
  /// Up to this many classes all of them are shown at once.
  private static let mostAtOnce = 20

  var classSection: HTML {
    guard !classes.isEmpty else { return .nothing }
    let all = Array(classes.indices)
    guard classes.count > Self.mostAtOnce else {
      return .section("classes", "Classes", "\(balance)\(classTable("classes-all", all))")
    }
    let every: HTML = """
      <details><summary>All \(Numbers.grouped(classes.count)) classes</summary>
      \(classTable("classes-all", all))</details>
      """
    let weakest = weakestClasses
    guard !weakest.isEmpty else { return .section("classes", "Classes", "\(balance)\(every)") }
    return .section(
      "classes", "Classes",
      "\(balance)<h3>The least recalled</h3>\n\(classTable("classes-weakest", weakest))\(every)")
  }

  private var weakestClasses: [Int] {
    guard let confusion else { return [] }
    let known = classes.indices.compactMap { index in
      confusion.recall(index).map { (recall: $0, index: index) }
    }
    return known.sorted { ($0.recall, $0.index) < ($1.recall, $1.index) }.prefix(Self.mostAtOnce / 2).map(
      \.index)
  }

  /// How many images there were to learn from, and how evenly spread.
  private var balance: HTML {
    let counts = classes.map(\.trainingImages)
    guard let most = counts.max(), let fewest = counts.min(), most > 0 else { return .nothing }
    let total = counts.reduce(0) { $0.addingReportingOverflow($1).partialValue }
    let spread =
      most == fewest
      ? "as many of each class"
      : fewest <= 0
        ? "none of at least one class"
        : "the largest class has \(Numbers.fixed(Double(most) / Double(fewest), 1)) times the images of the smallest"
    return "<p class=\"note\">\(Numbers.counted(total, "image", "images")) to train, \(spread).</p>\n"
  }

  private func classTable(_ id: HTML, _ indices: [Int]) -> HTML {
    let most = Double(max(classes.map(\.trainingImages).max() ?? 1, 1))
    let rows = indices.map { index in
      let count = classes[index].trainingImages
      return """
        <tr><th scope="row">\(.name(classes[index].label))</th>\(measures(index))\
        <td>\(.bar(Double(count) / most, Numbers.grouped(count), .plain))</td></tr>

        """ as HTML
    }
    return """
      <div class="scroll" role="region" tabindex="0" aria-label="Classes">
      <table id="\(id)">
      <thead><tr><th scope="col">class</th>\(measureHeads)<th scope="col">training images</th></tr></thead>
      <tbody>
      \(rows)</tbody>
      </table></div>

      """
  }

  private var measureHeads: HTML {
    guard confusion != nil else { return .nothing }
    return """
      <th scope="col">recall</th><th scope="col">precision</th><th scope="col">validation images</th>
      """
  }

  private func measures(_ index: Int) -> HTML {
    guard let confusion else { return .nothing }
    let images = confusion.rowTotals.indices.contains(index) ? confusion.rowTotals[index] : 0
    return """
      <td>\(.share(confusion.recall(index)))</td><td>\(.share(confusion.precision(index)))</td>\
      <td>\(Numbers.grouped(images))</td>
      """
  }
}
