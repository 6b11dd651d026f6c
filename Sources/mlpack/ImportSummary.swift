import KerasFiles
import ModelGraph

/// What an import did, in lines a person reads.
struct ImportSummary {
  let file: KerasFile
  let pack: Pack
  let reduction: ReductionSummary?
  let isVerbose: Bool

  var text: String {
    var rows = [("source", file.formatDescription), ("network", pack.graph.outline)]
    if isVerbose {
      rows += [
        ("SHA-256", pack.provenance.sourceDigest),
        ("input", "x / \(pack.preprocessing.divisor) + \(pack.preprocessing.offset)"),
      ]
    }
    rows += [("classes", classes), ("folded", folded), ("trains", trained)]
    rows += reduction?.rows(isClassifier: pack.graph.classCount != nil) ?? []
    rows += (file.notes + file.foreignHeadNotes).map { ("note", $0) }
    return rows.map { aligned($0.0, $0.1) }.joined()
  }

  private var classes: String {
    guard let count = pack.graph.classCount else { return "none: a feature extractor" }
    guard !pack.labels.isEmpty else { return "\(grouped(count)), without names" }
    return "\(grouped(count)): \(listed(pack.labels))"
  }

  private var folded: String {
    let normalizations = pack.graph.layers.filter { layer in
      if case .batchNormalization = layer.operation { true } else { false }
    }
    return
      "\(pack.foldedLayers.count) of \(counted(normalizations.count, "batch normalization"))"
  }

  private var trained: String {
    let count = pack.mask.trainableParameterCount(in: pack.graph)
    return
      "\(pack.mask.summary(in: pack.graph)): \(grouped(count)) of \(counted(pack.graph.parameterCount, "parameter"))"
  }
}

extension KerasFile {
  /// What is to be said of a head that was left out.
  var foreignHeadNotes: [String] {
    guard !foreignHead.isEmpty else { return [] }
    return [
      "the head is not one that mlpack knows and is left out: "
        + listed(foreignHead.map(\.description))
    ]
  }
}

/// The first of `names`, and how many more there are.
func listed(_ names: [String]) -> String {
  let shown = names.prefix(8).joined(separator: ", ")
  return names.count > 8 ? "\(shown) and \(grouped(names.count - 8)) more" : shown
}

/// A line of a summary: what it is about, and what there is to say.
func aligned(_ title: String, _ text: String, width: Int = 9) -> String {
  title + String(repeating: " ", count: max(width - title.count, 1)) + printable(text) + "\n"
}
