import ArgumentParser
import ModelGraph
import Training

/// `--dtype` of an import.
enum DTypeOption: String, ExpressibleByArgument, CaseIterable {
  case f32, f16, bf16, int8

  /// nil where nothing is reduced.
  var kind: ReducedPrecision.Kind? {
    switch self {
    case .f32: nil
    case .f16: .float16
    case .bf16: .bfloat16
    case .int8: .int8
    }
  }
}

/// What became of the kernels that are kept in fewer bits.
struct ReductionSummary {
  private let kind: ReducedPrecision.Kind
  private let kernels: Int
  /// The tensor that moved furthest, and how far.
  private let worst: (id: WeightID, distance: Float)?
  /// Over the elements of all reduced kernels.
  private let mean: Double
  var outputs: OutputComparison?

  /// - Parameter model: The network before any of it was reduced.
  init(_ pack: Pack, to kind: ReducedPrecision.Kind, of model: Model) throws(GraphError) {
    self.kind = kind
    kernels = pack.reductions.count
    worst = pack.approximations.max { ($0.value, $1.key.description) < ($1.value, $0.key.description) }
      .map { ($0.key, $0.value) }
    let after = try pack.unfolded().weights
    var sum = 0.0
    var count = 0
    for id in pack.reductions.keys.sorted(by: { $0.description < $1.description }) {
      guard let x = model.weights[id], let y = after[id] else { continue }
      sum += Distance(between: x, and: y).mean * Double(x.elementCount)
      count += x.elementCount
    }
    mean = sum / Double(max(count, 1))
  }

  /// - Parameter isClassifier: Whether the largest output is an answer.
  func rows(isClassifier: Bool) -> [(String, String)] {
    var rows = [("reduced", "\(counted(kernels, "kernel")) to \(kind.rawValue)" + weights)]
    if let outputs {
      let images = counted(outputs.images, "image")
      rows.append(
        (
          "outputs",
          "worst error \(significant(outputs.worst)), mean \(significant(outputs.mean)) on \(images)"
        ))
      if isClassifier {
        let share = Double(outputs.agreeing) / Double(max(outputs.images, 1))
        rows.append(("top-1", "the same on \(grouped(outputs.agreeing)) of \(images), \(percent(share))"))
      }
    }
    return rows
  }

  private var weights: String {
    guard let worst else { return ", exactly" }
    return
      "; worst error of a weight \(significant(Double(worst.distance))) (\(worst.id)), mean \(significant(mean))"
  }
}

extension Pack {
  /// Which tensors are not exactly Keras's, and by how much: the worst first, and no more than `limit` of them.
  func approximationLines(limit: Int) -> [String] {
    let sorted = approximations.sorted { ($0.value, $1.key.description) > ($1.value, $0.key.description) }
    guard !sorted.isEmpty else { return [] }
    let shown = sorted.prefix(limit)
    let width = shown.map { $0.key.description.count }.max() ?? 0
    let count = counted(sorted.count, "tensor")
    var lines = [
      "\(count) \(sorted.count == 1 ? "is an approximation" : "are approximations") of the original:"
    ]
    lines += shown.map { id, error in
      let gap = String(repeating: " ", count: width - id.description.count)
      return "  \(id)\(gap)  by at most \(significant(Double(error)))"
    }
    if sorted.count > shown.count {
      lines.append("  and \(grouped(sorted.count - shown.count)) more by less; --verbose lists them all")
    }
    return lines
  }
}
