import Engine
import Glibc
import OpenCL
import Training

/// What `mlpack bench --tune` measured.
struct TuningFigures {
  let device: DeviceInfo
  private let variant: KernelVariant
  var trials: [Tuner.Trial] = []
  /// Whether later runs find the best.
  var isKept = false

  /// - Parameter variant: The kernels that are tuned.
  init(device: DeviceInfo, _ variant: KernelVariant) {
    self.device = device
    self.variant = variant
  }

  var table: String {
    var table = Table([.left("kernels"), .left("cut"), .right("images/s"), .left("")])
    for trial in trials {
      table.add(
        [
          trial.part.title, trial.tiling.description(of: trial.part),
          trial.imagesPerSecond.map { fixed($0, $0 < 100 ? 1 : 0) } ?? "does not run",
          trial.isBest ? "best" : "",
        ], trial.isBest ? .good : .none)
    }
    let foot = [
      ("device", "\(device.name) (\(device.platform))"),
      ("kernels", "for \(variant.family == .gpu ? "GPUs" : "processors")\(variant.noteOfHalf)"),
      ("kept", isKept ? "for later runs on this device" : "nowhere: there is no folder for it"),
    ]
    return table.rendered(width: Terminal.width(of: STDOUT_FILENO), style: Style(descriptor: STDOUT_FILENO))
      + "\n" + foot.map { aligned($0.0, $0.1) }.joined()
  }

  var json: JSON {
    .object([
      ("device", .string(device.name)), ("kernels", .string(variant.family.rawValue + variant.noteOfHalf)),
      (
        "trials",
        .array(
          trials.map { trial in
            .object([
              ("part", .string(trial.part.rawValue)),
              ("cut", .string(trial.tiling.description(of: trial.part))),
              ("imagesPerSecond", .optional(trial.imagesPerSecond)), ("best", .bool(trial.isBest)),
            ])
          })
      ), ("kept", .bool(isKept)),
    ])
  }
}

extension TilingPart {
  var title: String {
    switch self {
    case .tile: "register tile"
    case .product: "pointwise convolution"
    case .filter: "gradient of its kernel"
    case .group: "all others"
    }
  }
}
