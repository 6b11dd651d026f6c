import Engine
import Glibc
import Training

/// What `mlpack bench --layers` measured, against the roofline: what multiply-adds and memory allow.
struct LayerFigures {
  /// Multiply-adds alone, in billions of operations a second.
  let peak: Double
  /// A copy's, read and written.
  let bytesPerSecond: Double
  let rates: [Benchmark.LayerRate]

  var table: String {
    var table = Table([
      .left("layers"), .right("MFLOP"), .right("MB"), .right("FLOP/byte"), .right("ms"), .right("GFLOP/s"),
      .right("roofline"), .right("share"),
    ])
    for rate in rates {
      table.add([
        rate.work.layers.joined(separator: ", "), fixed(operations(of: rate) / 1e6, 2),
        fixed(bytes(of: rate) / 1e6, 2),
        fixed(operations(of: rate) / bytes(of: rate), 1), fixed(rate.secondsPerImage * 1e3, 3),
        fixed(rate.gflops, 1), fixed(bound(of: rate), 1), percent(least(of: rate) / rate.secondsPerImage),
      ])
    }
    let seconds = rates.reduce(0) { $0 + $1.secondsPerImage }
    let operations = rates.reduce(0) { $0 + self.operations(of: $1) }
    let foot = [
      ("together", "\(fixed(seconds * 1e3, 2)) ms an image, \(fixed(operations / seconds / 1e9, 1)) GFLOP/s"),
      (
        "peak",
        "\(fixed(peak, 1)) GFLOP/s of multiply-adds, \(fixed(bytesPerSecond / 1e9, 1)) GB/s of a copy"
      ),
    ]
    return table.rendered(width: Terminal.width(of: STDOUT_FILENO), style: Style(descriptor: STDOUT_FILENO))
      + "\n" + foot.map { aligned($0.0, $0.1) }.joined()
  }

  var json: JSON {
    .object([
      (
        "layers",
        .array(
          rates.map { rate in
            .object([
              ("layers", .array(rate.work.layers.map { .string($0) })),
              ("operations", .number(operations(of: rate))), ("bytes", .number(bytes(of: rate))),
              ("seconds", .number(rate.secondsPerImage)), ("gflops", .number(rate.gflops)),
              ("rooflineGflops", .number(bound(of: rate))),
            ])
          })
      ), ("peakGflops", .number(peak)), ("copyBytesPerSecond", .number(bytesPerSecond)),
    ])
  }

  /// Of one image; a multiply-add is two.
  private func operations(of rate: Benchmark.LayerRate) -> Double {
    2 * Double(rate.work.multiplyAdds) / Double(rate.work.images)
  }

  private func bytes(of rate: Benchmark.LayerRate) -> Double {
    Double(rate.work.bytes) / Double(rate.work.images)
  }

  /// Seconds that an image takes at least, if all came from memory and went there.
  private func least(of rate: Benchmark.LayerRate) -> Double {
    max(operations(of: rate) / (peak * 1e9), bytes(of: rate) / bytesPerSecond)
  }

  /// Billions of operations a second then.
  private func bound(of rate: Benchmark.LayerRate) -> Double { operations(of: rate) / least(of: rate) / 1e9 }
}
