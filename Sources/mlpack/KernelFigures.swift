import Engine
import Glibc
import Training

/// What `mlpack bench --kernels` measured: each kernel of a training step, against what multiply-adds and memory allow.
struct KernelFigures {
  /// A training step.
  struct Step {
    let work: Work
    let batch: Int
    let runs: [KernelRun]
  }

  /// Multiply-adds alone, in billions of operations a second.
  let peak: Double
  /// A copy's, read and written.
  let bytesPerSecond: Double
  let steps: [Step]

  var table: String {
    let foot = aligned(
      "peak", "\(fixed(peak, 1)) GFLOP/s of multiply-adds, \(fixed(bytesPerSecond / 1e9, 1)) GB/s of a copy")
    return steps.map(table(of:)).joined(separator: "\n") + "\n" + foot
  }

  private func table(of step: Step) -> String {
    let total = step.runs.reduce(0) { $0 + $1.seconds }
    var table = Table([
      .left("\(step.work.title), \(step.batch) images"), .right("launches"), .right("ms"), .right("of all"),
      .right("MFLOP"), .right("MB"), .right("GFLOP/s"), .right("GB/s"), .right("of the roofline"),
    ])
    for run in step.runs {
      let known = run.work.bytes > 0
      func figure(_ value: Double, _ digits: Int) -> String { known ? fixed(value, digits) : "" }
      table.add([
        run.name, "\(run.launches)", fixed(run.seconds * 1e3, 2), percent(run.seconds / total),
        figure(run.operations / 1e6, 1), figure(Double(run.work.bytes) / 1e6, 1),
        figure(run.operations / run.seconds / 1e9, 1),
        figure(Double(run.work.bytes) / run.seconds / 1e9, 1),
        known ? percent(least(run) / run.seconds) : "",
      ])
    }
    return table.rendered(width: Terminal.width(of: STDOUT_FILENO), style: Style(descriptor: STDOUT_FILENO))
      + aligned("together", "\(fixed(total * 1e3, 1)) ms, \(fixed(Double(step.batch) / total, 0)) images/s")
  }

  var json: JSON {
    .object([
      ("steps", .array(steps.map(json(of:)))), ("peakGflops", .number(peak)),
      ("copyBytesPerSecond", .number(bytesPerSecond)),
    ])
  }

  private func json(of step: Step) -> JSON {
    .object([
      ("work", .string(step.work.rawValue)), ("batch", .integer(step.batch)),
      (
        "kernels",
        .array(
          step.runs.map { run in
            .object([
              ("name", .string(run.name)), ("launches", .integer(run.launches)),
              ("seconds", .number(run.seconds)),
              ("operations", .number(run.operations)), ("bytes", .integer(run.work.bytes)),
              ("leastSeconds", .number(least(run))),
            ])
          })
      ),
    ])
  }

  /// Seconds that it takes at least: for its operations, or for its bytes if all come from memory and go there.
  private func least(_ run: KernelRun) -> Double {
    max(run.operations / peak / 1e9, Double(run.work.bytes) / bytesPerSecond)
  }
}

extension KernelRun {
  /// A multiply-add is two.
  fileprivate var operations: Double { 2 * Double(work.multiplyAdds) }
}
