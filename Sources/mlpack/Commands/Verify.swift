import ArgumentParser
import ModelGraph

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Tell whether two files hold the same network, and if not, why.",
    usage: "mlpack verify <a> <b> [<options>]",
    discussion: """
      Files of different kinds are compared as Keras has the weights; where one file has no batch \
      normalization, folded. They are the same where every bit is, or where a difference is what their \
      precisions make of one number. The status is 0 for the same network and 1 for another.
      """)

  @Argument(help: ArgumentHelp("A pack, or any Keras file that import reads.", valueName: "a"))
  var a: String

  @Argument(help: ArgumentHelp("The file to compare it with.", valueName: "b"))
  var b: String

  @OptionGroup var output: JSONOption

  @OptionGroup var verbosity: VerbosityOptions

  /// Rows of tensors that differ; `diff` shows the others.
  private static let shown = 5

  func run() throws {
    let comparison = try FileComparison(a, b)
    if output.json {
      try StandardOutput.write(comparison.networks.json.document)
    } else if !verbosity.quiet {
      try StandardOutput.write(text(comparison))
    }
    if let change = comparison.frozenChange { StandardError.error(change) }
    if !comparison.networks.isEqual { throw Verdict(status: .different) }
  }

  private func text(_ comparison: FileComparison) -> String {
    let lines = [comparison.verdict] + [comparison.renaming].compactMap(\.self) + comparison.structure
    let text = lines.map { printable($0) + "\n" }.joined()
    let worst = comparison.worst
    let rows = verbosity.verbose ? worst : Array(worst.prefix(Verify.shown))
    guard !rows.isEmpty else { return text }
    let more = worst.count - rows.count
    let rest = more > 0 ? "and \(grouped(more)) more, which 'mlpack diff' lists\n" : ""
    return text + "\n" + comparison.table(rows, withSurplus: false) + rest
  }
}
