import ModelGraph

extension FileComparison {
  /// Whether the files hold the same network, in a line: `different: 2 tensors were trained; 135 are identical`.
  var verdict: String {
    if networks.isIdentical { return "identical: \(counted(networks.tensors.count, "tensor")), every bit" }
    if networks.isEqual { return "the same within \(precisions): \(agreements.joined(separator: ", "))" }
    let rest = agreements.isEmpty ? "" : "; " + agreements.joined(separator: ", ")
    return "different: \(disagreements.joined(separator: ", "))\(rest)"
  }

  /// What an error says of tensors that changed though they were frozen; nil where there is none.
  var frozenChange: String? {
    guard let first = networks.changedThoughFrozen.first else { return nil }
    let size = first.distance?.maxAbs.map { ", by up to \(significant($0))" } ?? ""
    let more = networks.changedThoughFrozen.count - 1
    let others = more > 0 ? "; and \(grouped(more)) more, which 'mlpack diff' lists" : ""
    return "frozen tensor changed: \(first.id)\(size), between '\(a.path)' and '\(b.path)'\(others)"
  }

  /// How layers were matched whose names differ; nil where none do.
  var renaming: String? {
    guard let first = networks.renamed.first else { return nil }
    let more = networks.renamed.count - 1
    let others = more > 0 ? ", and so \(counted(more, "more layer"))" : ""
    return "matched by their place: \(first.inA) is \(first.inB) in '\(b.path)'\(others)"
  }

  /// A line for each difference that is not one of weights.
  var structure: [String] {
    networks.structure.map { difference in
      switch (difference.inA, difference.inB) {
      case (let inA?, let inB?): "\(difference.layer): \(inA) in '\(a.path)', \(inB) in '\(b.path)'"
      case (let inA?, nil): "\(difference.layer): \(inA) in '\(a.path)' alone"
      case (nil, let inB): "\(difference.layer): \(inB ?? "") in '\(b.path)' alone"
      }
    }
  }

  /// The precisions that explain a difference, each once, in the order of the tensors.
  private var precisions: String {
    var names: [String] = []
    for case .explained(let why) in networks.tensors.map(\.status) where !names.contains(why.precision) {
      names.append(why.precision)
    }
    return names.joined(separator: " and ")
  }

  private var agreements: [String] {
    var explained: [(why: String, count: Int)] = []
    for case .explained(let why) in networks.tensors.map(\.status) {
      if let index = explained.firstIndex(where: { $0.why == why.description }) {
        explained[index].count += 1
      } else {
        explained.append((why.description, 1))
      }
    }
    let identical = networks.tensors.count { $0.status == .identical }
    let plain = identical > 0 ? ["\(counted(identical, "tensor")) identical"] : []
    return plain + explained.map { "\(grouped($0.count)) \($0.why)" }
  }

  private var disagreements: [String] {
    func number(_ status: TensorComparison.Status) -> Int { networks.tensors.count { $0.status == status } }
    let shapes = networks.tensors.count { if case .shape = $0.status { true } else { false } }
    let (changed, trained, differing) = (number(.changed), number(.trained), number(.differs))
    var found: [String] = []
    if changed > 0 { found.append("\(counted(changed, "frozen tensor")) changed") }
    if trained > 0 { found.append("\(counted(trained, "tensor")) trained") }
    if differing > 0 {
      found.append("\(counted(differing, "tensor")) \(differing == 1 ? "differs" : "differ")")
    }
    if shapes > 0 { found.append("\(counted(shapes, "tensor")) of another shape") }
    for (file, ids) in [(a, networks.onlyInA), (b, networks.onlyInB)] where !ids.isEmpty {
      let names = listed(ids.map(\.description))
      found.append("\(counted(ids.count, "tensor")) in '\(file.path)' alone (\(names))")
    }
    if !networks.structure.isEmpty { found.append("the networks compute differently") }
    return found
  }
}
