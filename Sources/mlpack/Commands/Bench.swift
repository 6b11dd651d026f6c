import ArgumentParser
import Glibc
import OpenCL
import SystemFiles
import Training

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure how fast a device runs and trains a MobileNet.",
    usage: "mlpack bench [<options>]",
    discussion: """
      MobileNet V1 1.0/224 on made-up weights and images: the whole network forward, training steps of conv_pw_13 and \
      the classifier from cached features, and of everything with batch normalization in training mode. Beside them \
      stands what the device does of multiply-adds alone.
      """)

  @Option(help: ArgumentHelp("Measurements of each kind of work.", valueName: "n"))
  var rounds = 5

  @OptionGroup var device: DeviceOption

  @OptionGroup var output: JSONOption

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard (1...1000).contains(rounds) else { throw ValidationError("--rounds must be between 1 and 1000") }
  }

  func run() throws {
    let device = try device.open(verbosity)
    let benchmark = try Benchmark(device: device, rounds: rounds)
    let peak = try benchmark.peak()
    var line = LiveLine()
    func measured(_ name: String, _ rate: () throws -> Benchmark.Rate) throws -> Benchmark.Rate {
      if !verbosity.quiet { line.draw(("measuring \(name)", ""), share: 0) }
      defer { LiveLine.erase() }
      return try rate()
    }
    let forward = try [1, 32].map { batch in
      try measured("the network forward, batch \(batch)") { try benchmark.forward(batch: batch) }
    }
    let tail = try measured("training steps") { try benchmark.step("conv_pw_13,dense", batch: 163) }
    let unfrozen = try measured("training steps of everything") { try benchmark.step("*", batch: 32) }
    let figures = Figures(device: device.info, peak: peak, forward: forward, tail: tail, unfrozen: unfrozen)
    try StandardOutput.write(output.json ? figures.json.document : figures.table)
  }
}

/// What was measured.
private struct Figures {
  let device: DeviceInfo
  /// Billions of operations a second.
  let peak: Double
  let forward: [Benchmark.Rate]
  let tail: Benchmark.Rate
  let unfrozen: Benchmark.Rate

  var table: String {
    var table = Table([
      .left("MobileNet V1 1.0/224"), .right("batch"), .right("images/s"), .right("GFLOP/s"),
      .right("of the peak"),
    ])
    func add(_ name: String, _ rate: Benchmark.Rate) {
      table.add([
        name, "\(rate.batch)", fixed(rate.imagesPerSecond, rate.imagesPerSecond < 100 ? 1 : 0),
        fixed(rate.gflops, 1),
        percent(rate.gflops / peak),
      ])
    }
    for rate in forward { add("forward", rate) }
    add("training step, conv_pw_13 and dense", tail)
    add("training step, everything", unfrozen)
    let foot = [
      ("device", "\(device.name) (\(device.platform))"),
      ("peak", "\(fixed(peak, 1)) GFLOP/s of multiply-adds alone"),
      ("memory", "\(byteSize(ProcessMemory.peak)) at most, the device's driver included"),
    ]
    return table.rendered(width: Terminal.width(of: STDOUT_FILENO), style: Style(descriptor: STDOUT_FILENO))
      + "\n"
      + foot.map { aligned($0.0, $0.1) }.joined()
  }

  var json: JSON {
    .object([
      ("device", .string(device.name)), ("forward", .array(forward.map(Figures.json))),
      ("tail", Figures.json(tail)),
      ("unfrozen", Figures.json(unfrozen)), ("peakGflops", .number(peak)),
      ("peakResidentBytes", .integer(ProcessMemory.peak)),
    ])
  }

  private static func json(_ rate: Benchmark.Rate) -> JSON {
    .object([
      ("batch", .integer(rate.batch)), ("imagesPerSecond", .number(rate.imagesPerSecond)),
      ("gflops", .number(rate.gflops)),
    ])
  }
}
