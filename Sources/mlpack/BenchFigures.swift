import Glibc
import OpenCL
import Training

/// What `mlpack bench` measured.
struct BenchFigures {
  let device: DeviceInfo
  /// Multiply-adds alone, in billions of operations a second.
  let peak: Double
  var rates: [(work: Work, rate: Benchmark.Rate)] = []
  /// Of this process, the driver included.
  var peakResidentBytes = 0

  var table: String {
    var table = Table([
      .left("MobileNet V1 1.0/224"), .right("batch"), .right("images/s"), .right("GFLOP/s"),
      .right("of the peak"),
    ])
    for (work, rate) in rates {
      table.add([
        work.title, "\(rate.batch)", fixed(rate.imagesPerSecond, rate.imagesPerSecond < 100 ? 1 : 0),
        fixed(rate.gflops, 1), percent(rate.gflops / peak),
      ])
    }
    let foot = [
      ("device", "\(device.name) (\(device.platform))"),
      ("peak", "\(fixed(peak, 1)) GFLOP/s of multiply-adds alone"),
      ("memory", "\(byteSize(peakResidentBytes)) at most, the device's driver included"),
    ]
    return table.rendered(width: Terminal.width(of: STDOUT_FILENO), style: Style(descriptor: STDOUT_FILENO))
      + "\n"
      + foot.map { aligned($0.0, $0.1) }.joined()
  }

  /// The rates of the works forward are a list, every other stands under its own name; what was not measured is
  /// not there.
  var json: JSON {
    let forward = rates.filter { $0.work.isForward }
    let others = rates.filter { !$0.work.isForward }
    return .object(
      [("device", .string(device.name))]
        + (forward.isEmpty ? [] : [("forward", .array(forward.map { BenchFigures.json($0.rate) }))])
        + others.map { ($0.work.rawValue, BenchFigures.json($0.rate)) }
        + [("peakGflops", .number(peak)), ("peakResidentBytes", .integer(peakResidentBytes))])
  }

  private static func json(_ rate: Benchmark.Rate) -> JSON {
    .object([
      ("batch", .integer(rate.batch)), ("imagesPerSecond", .number(rate.imagesPerSecond)),
      ("gflops", .number(rate.gflops)),
    ])
  }
}

extension Work {
  var title: String {
    switch self {
    case .forward1, .forward32: "forward"
    case .tail: "training step, conv_pw_13 and dense"
    case .unfrozen: "training step, everything"
    case .driver: "training step, 0.25/32"
    }
  }

  fileprivate var isForward: Bool { self == .forward1 || self == .forward32 }
}
