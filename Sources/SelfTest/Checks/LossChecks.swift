import Engine
import Glibc
import ModelGraph
import Reference

/// Checks softmax and its cross-entropy.
enum LossChecks {
  static let settings = [
    LossSettings(), LossSettings(labelSmoothing: 0.1, classWeights: [0.5, 2, 1.25]),
  ]

  static func check(
    classes: Int, images: Int, _ settings: LossSettings, _ kernels: KernelCatalogue,
    into findings: inout Findings
  ) throws {
    var numbers = Numbers(seed: UInt64(classes))
    let logits = numbers.uniform(classes * images, -8, 8)
    let labels = (0..<images).map { ($0 * 7 + 1) % classes }
    let probe = try LossProbe(logits, labels: labels, settings, kernels)
    let oracle = CrossEntropyOracle(logits: logits, labels: labels, settings)
    let shape = "\(classes) class\(classes == 1 ? "" : "es"), \(images) image\(images == 1 ? "" : "s")"
    for (what, actual, expected) in [
      ("loss", probe.losses, oracle.losses), ("backward data", probe.gradient, oracle.gradient),
      ("forward", probe.probabilities, oracle.probabilities),
    ] {
      var deviation = Deviation()
      deviation.add(actual, expected)
      findings.checks.append(Check("softmax, \(what)", shape: shape, probe.kernels, deviation))
    }
  }
}

/// loss[n] = weight · (log Σ exp(z − m) − Σ target · (z − m)), with smoothed targets and weights of classes.
private struct CrossEntropyOracle {
  private(set) var losses: Expected
  private(set) var probabilities: Expected
  private(set) var gradient: Expected

  /// OpenCL allows exp and log 3 units in the last place, a quotient 2.5; each unit is two roundings.
  private static let roundingsOfFunction = 6

  init(logits: [Float], labels: [Int], _ settings: LossSettings) {
    let classes = logits.count / labels.count
    let smoothing = Double(settings.labelSmoothing)
    losses = Expected(exact: NDArray(zeros: [labels.count]))
    probabilities = Expected(exact: NDArray(zeros: [labels.count, classes]))
    gradient = probabilities
    for (n, label) in labels.enumerated() {
      let row = logits[n * classes..<(n + 1) * classes].map(Double.init)
      let largest = row.max() ?? 0
      let relative = row.map { $0 - largest }
      let sum = relative.reduce(0) { $0 + exp($1) }
      let weight = settings.classWeights.indices.contains(label) ? Double(settings.classWeights[label]) : 1
      let target = (0..<classes).map { smoothing / Double(classes) + ($0 == label ? 1 - smoothing : 0) }
      let aim = zip(target, relative).reduce(0) { $0 + $1.0 * $1.1 }
      let magnitude = zip(target, relative).reduce(0) { $0 + $1.0 * abs($1.1) }
      // A power's exponent was rounded; so its relative error is that many roundings of the exponent.
      let reach = relative.map(abs).max() ?? 0
      let power = Rounding.share(roundings: CrossEntropyOracle.roundingsOfFunction) + reach * Rounding.unit
      let ofSum = power + Rounding.share(roundings: classes)
      losses.value.elements[n] = weight * (log(sum) - aim)
      losses.bound.elements[n] =
        weight
        * (ofSum + Rounding.share(roundings: CrossEntropyOracle.roundingsOfFunction) * (abs(log(sum)) + 1)
          + Rounding.share(roundings: classes + 6) * magnitude)
      for c in 0..<classes {
        let probability = exp(relative[c]) / sum
        let share = weight / Double(labels.count)
        let off = probability * (power + ofSum + 6 * Rounding.unit) + Rounding.smallestNormal
        probabilities.value.elements[n * classes + c] = probability
        probabilities.bound.elements[n * classes + c] = off
        gradient.value.elements[n * classes + c] = (probability - target[c]) * share
        gradient.bound.elements[n * classes + c] =
          share * (off + 6 * Rounding.unit * (probability + target[c]))
      }
    }
  }
}
