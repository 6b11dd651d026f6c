import ArgumentParser
import ModelGraph
import PackFile
import SystemFiles

struct Apply: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Make the trained pack of its base and a delta.",
    usage: "mlpack apply <base> <delta> --output <pack> [<options>]",
    discussion: """
      The output has the bytes of the pack that the delta was made for, by their SHA-256, or is not written. \
      Another base than the delta's is refused.
      """)

  @Argument(help: ArgumentHelp("The pack that was trained from.", valueName: "base"))
  var base: String

  @Argument(help: ArgumentHelp("What 'mlpack delta' wrote.", valueName: "delta"))
  var delta: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The pack to write.", valueName: "pack"))
  var output: String

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let delta = try DeltaFile.read(delta)
    let base = try DigestedPack(reading: base)
    let bytes = try blaming(self.base) { try delta.applied(to: base) }
    try AtomicFile.write(to: output) { file in
      try bytes.withUnsafeBytes { (bytes) throws(FileError) in try file.append(bytes) }
    }
    guard !verbosity.quiet else { return }
    try StandardOutput.write(
      "wrote \(printable(output)): \(printable(self.base)) with \(printable(delta.contents))\n")
  }
}
