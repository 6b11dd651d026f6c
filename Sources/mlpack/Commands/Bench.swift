import ArgumentParser
import Engine
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

  @Option(
    help: ArgumentHelp(
      """
      Measure this alone: forward-1, forward-32, tail, unfrozen, or driver (training steps of a network of next to \
      nothing, for what the device's driver takes of memory). May be given several times. (default: the first four)
      """,
      valueName: "work"),
    transform: Bench.work(named:))
  var only: [Work] = []

  @Flag(help: "Measure each operation of the network forward by itself, against the bounds of the device.")
  var layers = false

  @Flag(help: "Measure each kernel of the training steps by itself, against the bounds of the device.")
  var kernels = false

  @Flag(
    help: """
      Try how the kernels' work is best cut on the device, and keep that for later runs: until the device's driver \
      or the kernels change.
      """)
  var tune = false

  @Option(help: ArgumentHelp("Measurements of each kind of work.", valueName: "n"))
  var rounds = 5

  @Option(help: ArgumentHelp("What a measurement takes at least.", valueName: "s"))
  var seconds = 0.5

  @OptionGroup var device: DeviceOption

  @OptionGroup var output: JSONOption

  @OptionGroup var verbosity: VerbosityOptions

  private static func work(named name: String) throws -> Work {
    guard let work = Work(rawValue: name) else {
      let names = Work.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("there is no work '\(name)'; there are \(names)")
    }
    return work
  }

  func validate() throws {
    guard (1...1000).contains(rounds) else { throw ValidationError("--rounds must be between 1 and 1000") }
    let asked = [("--only", !only.isEmpty), ("--layers", layers), ("--kernels", kernels), ("--tune", tune)]
      .filter(\.1).map(\.0)
    guard asked.count < 2 else { throw ValidationError("\(asked[0]) and \(asked[1]) exclude each other") }
    guard (0...1000).contains(seconds) else { throw ValidationError("--seconds must be between 0 and 1000") }
  }

  func run() throws {
    let device = try device.open(verbosity)
    if tune { return try measureTilings(device) }
    let benchmark = Benchmark(device: device, rounds: rounds, seconds: seconds)
    if layers { return try measureLayers(benchmark) }
    if kernels { return try measureKernels(benchmark) }
    var figures = BenchFigures(device: device.info, peak: try benchmark.peak())
    var line = LiveLine()
    for work in only.isEmpty ? Work.allCases.filter({ $0 != .driver }) : only {
      if !verbosity.quiet { line.draw(("measuring \(work.title)", ""), share: 0) }
      defer { LiveLine.erase() }
      figures.rates.append((work, try benchmark.rate(of: work)))
    }
    figures.peakResidentBytes = ProcessMemory.peak
    try StandardOutput.write(output.json ? figures.json.document : figures.table)
  }

  private func measureLayers(_ benchmark: Benchmark) throws {
    let figures = LayerFigures(
      peak: try benchmark.peak(), bytesPerSecond: try benchmark.memoryRate(), rates: try benchmark.layers())
    try StandardOutput.write(output.json ? figures.json.document : figures.table)
  }

  private func measureKernels(_ benchmark: Benchmark) throws {
    let steps = try [Work.tail, .unfrozen].map { work in
      let (batch, runs) = try benchmark.kernelRuns(of: work)
      return KernelFigures.Step(work: work, batch: batch, runs: runs)
    }
    let figures = KernelFigures(
      peak: try benchmark.peak(), bytesPerSecond: try benchmark.memoryRate(), steps: steps)
    try StandardOutput.write(output.json ? figures.json.document : figures.table)
  }

  private func measureTilings(_ device: Device) throws {
    var tuner = try Tuner(device: device, rounds: rounds, seconds: seconds)
    var figures = TuningFigures(device: device.info, tuner.variant)
    var line = LiveLine()
    defer { LiveLine.erase() }
    for part in TilingPart.of(tuner.variant.family) {
      figures.trials += try tuner.tune(part) { tiling in
        if !verbosity.quiet {
          line.draw(("trying \(part.title): \(tiling.description(of: part))", ""), share: 0)
        }
      }
    }
    figures.isKept = try tuner.variant.keepTiling(on: device)
    LiveLine.erase()
    try StandardOutput.write(output.json ? figures.json.document : figures.table)
  }
}
