import Engine
import Glibc
import OpenCL
import SelfTest

/// What `mlpack selftest` found.
struct SelfTestFigures {
  let device: DeviceInfo
  let variant: KernelVariant
  let findings: Findings

  var table: String {
    let style = Style(descriptor: STDOUT_FILENO)
    var table = Table([
      .left("kernel"), .left("shape"), .right("error"), .right("bound"), .left("verdict"),
    ])
    for check in findings.checks {
      table.add(
        [
          check.operation, check.shape, significant(check.error), significant(check.bound),
          check.isPassed ? "right" : "WRONG",
        ], check.isPassed ? .none : .bad)
    }
    let foot = [
      ("device", "\(device.name) (\(device.platform))"), ("kernels", variant.description),
      ("verdict", verdict),
      (
        "took",
        "\(duration(findings.seconds)), of which building the kernels \(duration(findings.secondsOfBuilding))"
      ),
    ]
    return table.rendered(width: Terminal.width(of: STDOUT_FILENO), style: style) + "\n"
      + foot.map { aligned($0.0, $0.1) }.joined()
  }

  private var verdict: String {
    let failed = findings.failed
    guard let first = failed.first else {
      return
        "right: \(counted(findings.checks.count, "check")) of \(counted(findings.kernels.count, "kernel"))"
    }
    return
      "WRONG: \(grouped(failed.count)) of \(counted(findings.checks.count, "check")); the first: \(first.operation)"
  }

  var json: JSON {
    .object([
      ("device", .string(device.name)), ("kernels", .string(variant.description)),
      ("passed", .bool(findings.failed.isEmpty)),
      ("checks", .array(findings.checks.map(\.json))),
      ("seconds", .number(findings.seconds)), ("secondsOfBuilding", .number(findings.secondsOfBuilding)),
    ])
  }
}

extension Check {
  fileprivate var json: JSON {
    .object([
      ("operation", .string(operation)), ("shape", .string(shape)), ("kernels", .strings(kernels)),
      ("error", .number(error)), ("bound", .number(bound)), ("passed", .bool(isPassed)),
    ])
  }
}
