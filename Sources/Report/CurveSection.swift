extension RunReport {
  /// The epoch whose weights were written.
  var kept: Epoch? { epochs.first { $0.epoch == keptEpoch } ?? epochs.last }

  private var epochNumbers: [Int] { epochs.map(\.epoch) }

  var curves: HTML {
    guard !epochs.isEmpty else {
      return .section("curves", "Loss and accuracy", "<p class=\"note\">No epoch was run.</p>")
    }
    let loss = Chart(
      id: "loss", title: "Loss", epochs: epochNumbers,
      series: [
        .init("training", style: .training, epochs.map(\.trainLoss)),
        .init("validation", style: .validation, epochs.map(\.validationLoss)),
      ],
      kept: keptEpoch, format: { Numbers.loss($0) })
    let accuracy = Chart(
      id: "accuracy", title: "Accuracy", epochs: epochNumbers,
      series: [
        .init("training", style: .training, epochs.map { $0.trainAccuracy.map { $0 * 100 } }),
        .init("validation", style: .validation, epochs.map { $0.validationAccuracy.map { $0 * 100 } }),
      ],
      unit: " %", kept: keptEpoch, format: { Numbers.percent($0 / 100) })
    return .section(
      "curves", "Loss and accuracy", "<div class=\"pair\">\(loss.figure)\(accuracy.figure)</div>\(epochTable)"
    )
  }

  private var epochTable: HTML {
    let rows = epochs.map { epoch in
      let isKept = epoch.epoch == keptEpoch
      let mark: HTML = isKept ? " <small>kept</small>" : .nothing
      return """
        <tr class="\(isKept ? "kept" : "")"><th scope="row">\(Numbers.grouped(epoch.epoch))\
        \(mark)</th>\
        <td>\(Numbers.loss(epoch.trainLoss))</td><td>\(Numbers.percent(epoch.trainAccuracy))</td>\
        <td>\(Numbers.loss(epoch.validationLoss))</td><td>\(Numbers.percent(epoch.validationAccuracy))</td>\
        <td>\(Numbers.rate(epoch.imagesPerSecond))</td>\
        <td>\(epoch.seconds.map(Numbers.duration) ?? Numbers.missing)</td>\
        <td>\(Numbers.significant(epoch.learningRate))</td></tr>

        """ as HTML
    }
    return """
      <details><summary>Figures of every epoch</summary>
      <div class="scroll" role="region" tabindex="0" aria-label="Figures of every epoch">
      <table id="epochs">
      <thead><tr><th scope="col">epoch</th><th scope="col">training loss</th><th scope="col">training accuracy</th>\
      <th scope="col">validation loss</th><th scope="col">validation accuracy</th>\
      <th scope="col">images/s</th><th scope="col">time</th><th scope="col">learning rate</th></tr></thead>
      <tbody>
      \(rows)</tbody>
      </table></div></details>
      """
  }

  /// How fast it went, and how the learning rate did where it changed.
  var paceCharts: HTML {
    guard !epochs.isEmpty else { return .nothing }
    let speed = Chart(
      id: "speed", title: "Images a second", epochs: epochNumbers,
      series: [.init("images a second", style: .plain, epochs.map(\.imagesPerSecond))],
      height: 110, fromZero: true, format: { Numbers.rate($0) })
    let rates = epochs.map(\.learningRate)
    let rate = Chart(
      id: "rate", title: "Learning rate", epochs: epochNumbers,
      series: [.init("learning rate", style: .plain, rates)],
      height: 110, fromZero: true, format: { Numbers.significant($0) })
    let isConstant = Set(rates.compactMap(\.self)).count <= 1
    let charts = [speed] + (isConstant ? [] : [rate])
    return "<div class=\"pair\">\(charts.filter { !$0.series.isEmpty }.map(\.figure))</div>"
  }
}
