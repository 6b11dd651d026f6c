import ArgumentParser
import PackFile
import SystemFiles

struct DeltaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delta",
    abstract: "Keep only what training changed of a pack.",
    usage: "mlpack delta <base> <tuned> --output <delta> [<options>]",
    discussion: """
      The delta holds the tensors that were trained, and the digest of BASE. 'mlpack apply' makes of it and of \
      BASE the very bytes of TUNED; with --dtype f16 those of TUNED with its trained kernels rounded.
      """)

  @Argument(help: ArgumentHelp("The pack that was trained from.", valueName: "base"))
  var base: String

  @Argument(help: ArgumentHelp("The trained pack.", valueName: "tuned"))
  var tuned: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The delta to write.", valueName: "delta"))
  var output: String

  @Option(help: ArgumentHelp("The precision of trained kernels: f32 or f16.", valueName: "dtype"))
  var dtype = DeltaDType.f32

  @OptionGroup var verbosity: VerbosityOptions

  enum DeltaDType: String, ExpressibleByArgument, CaseIterable {
    case f32, f16
  }

  func run() throws {
    let (before, after) = (try DigestedPack(reading: base), try DigestedPack(reading: tuned))
    let delta = try blaming(base) {
      do {
        return try Delta(from: before, to: after, halves: dtype == .f16)
      } catch let mismatch as DeltaMismatch {
        throw CommandError.data(refusal(mismatch))
      }
    }
    let size = try DeltaFile.write(delta, to: output)
    guard !verbosity.quiet else { return }
    try StandardOutput.write("wrote \(printable(output)): \(byteSize(size)), \(printable(delta.contents))\n")
  }

  private func refusal(_ mismatch: DeltaMismatch) -> String {
    switch mismatch {
    case .compression:
      "'\(tuned)': \(mismatch), and could not be given back byte for byte; make the delta where it was written"
    default:
      "'\(tuned)' was not trained from '\(base)': \(mismatch); give the pack that it was trained from"
    }
  }
}
