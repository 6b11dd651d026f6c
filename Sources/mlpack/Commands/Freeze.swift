import ArgumentParser
import Engine
import ModelGraph
import PackFile
import SystemFiles

struct Freeze: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "freeze",
    abstract: "Change what is trained, or find out what training it would cost.",
    discussion: """
      A mask is a comma-separated list of layers, globs and ranges: 'conv_pw_13,dense', 'conv_pw_10..', '*,-*_bn', \
      'conv_pw_13:kernel[0:256]', 'none'.
      """)

  @Argument(help: ArgumentHelp("The pack.", valueName: "pack"))
  var pack: String

  @Option(help: ArgumentHelp("What is to be trained.", valueName: "mask"))
  var train: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The pack to write. (default: the pack itself)", valueName: "pack"))
  var output: String?

  @Flag(help: "Say what training would cost, and write nothing.")
  var dryRun = false

  @Option(help: ArgumentHelp("Images an update, for the cost.", valueName: "n"))
  var batchSize = 163

  @OptionGroup var optimizer: OptimizerOptions

  @OptionGroup var json: JSONOption

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard (1...1_000_000).contains(batchSize) else {
      throw ValidationError("--batch-size must be between 1 and 1000000")
    }
    if json.json && !dryRun { throw ValidationError("--json is for --dry-run") }
  }

  func run() throws {
    let frozen = try blaming(pack) {
      let before = try Pack(reading: pack)
      return try before.refrozen(FreezeMask(parsing: train, in: before.graph))
    }
    if dryRun {
      let cost = try TrainingCost(of: frozen, batchSize: batchSize, optimizer: optimizer.value)
      let report = CostReport(cost, of: frozen, batchSize: batchSize)
      return try StandardOutput.write(json.json ? report.json.document : report.text)
    }
    let path = output ?? pack
    try PackFile.write(frozen, to: path)
    guard !verbosity.quiet else { return }
    let mask = frozen.mask.summary(in: frozen.graph)
    let trained = frozen.mask.trainableParameterCount(in: frozen.graph)
    try StandardOutput.write(
      "wrote \(printable(path)): trains \(mask), \(counted(trained, "parameter"))\n")
  }
}
