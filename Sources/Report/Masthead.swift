extension RunReport {
  var masthead: HTML {
    """
    <header>
    <p class="kind">mlpack training report</p>
    <h1>\(.name(title))</h1>
    <p class="lede">\(ending) \(keptSentence) Trained on \(.name(device)).</p>
    <dl class="figures">
    \(figures)</dl>
    </header>

    """
  }

  private var keptSentence: String {
    guard let keptEpoch else { return "" }
    let last = epochs.last?.epoch ?? keptEpoch
    return keptEpoch == last
      ? "The weights are those of the last epoch, \(Numbers.grouped(keptEpoch))."
      : "The weights are those of epoch \(Numbers.grouped(keptEpoch)) of \(Numbers.grouped(last))."
  }

  private var figures: HTML {
    let isValidated = epochs.contains { $0.validationLoss != nil }
    let kind = isValidated ? "Validation" : "Training"
    let loss: KeyPath<Epoch, Double?> = isValidated ? \.validationLoss : \.trainLoss
    let accuracy: KeyPath<Epoch, Double?> = isValidated ? \.validationAccuracy : \.trainAccuracy
    let parameters = trained.tensors.reduce(0) { $0.addingReportingOverflow($1.parameters).partialValue }
    let list = [
      figure(
        "\(kind) accuracy", Numbers.percent(kept?[keyPath: accuracy]), origin(accuracy, Numbers.percent)),
      figure("\(kind) loss", Numbers.loss(kept?[keyPath: loss]), origin(loss, Numbers.loss)),
      figure(
        "Trained parameters", Numbers.grouped(parameters), "of \(Numbers.grouped(trained.totalParameters))"),
      figure("Time", Numbers.duration(totalSeconds), Numbers.counted(trainedEpochs, "epoch", "epochs")),
    ]
    return "\(list)"
  }

  private var trainedEpochs: Int { epochs.count { $0.epoch > 0 } }

  /// What a figure was when it was first known.
  private func origin(_ figure: KeyPath<Epoch, Double?>, _ format: (Double?) -> String) -> String {
    guard let first = epochs.first(where: { $0[keyPath: figure] != nil }), first.epoch != kept?.epoch else {
      return ""
    }
    return "\(format(first[keyPath: figure])) at epoch \(Numbers.grouped(first.epoch))"
  }

  private func figure(_ name: String, _ value: String, _ context: String) -> HTML {
    "<div><dt>\(name)</dt><dd><strong>\(value)</strong> <span>\(context)</span></dd></div>\n"
  }

  var totalSeconds: Double { time.reduce(0) { $0 + $1.seconds } }
}
