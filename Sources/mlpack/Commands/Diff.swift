import ArgumentParser
import Glibc
import ModelGraph

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "List the tensors in which two files differ, and by how much.",
    usage: "mlpack diff <a> <b> [<options>]",
    discussion: """
      Of each tensor the largest difference, in float32 steps (ulp) and relative to the largest number of A. \
      The status is 0 where every bit is the same, and 1 where not.
      """)

  @Argument(help: ArgumentHelp("A pack, or any Keras file that import reads.", valueName: "a"))
  var a: String

  @Argument(help: ArgumentHelp("The file to compare it with.", valueName: "b"))
  var b: String

  @OptionGroup var output: JSONOption

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let comparison = try FileComparison(a, b)
    if output.json {
      try StandardOutput.write(comparison.networks.json.document)
    } else if !verbosity.quiet {
      try StandardOutput.write(text(comparison))
    }
    if !comparison.networks.isIdentical { throw Verdict(status: .different) }
  }

  /// Identical tensors are left out, unless more is to be told.
  private func text(_ comparison: FileComparison) -> String {
    let networks = comparison.networks
    let rows = networks.tensors.filter { verbosity.verbose || $0.status != .identical }
    let files = [("A", comparison.a), ("B", comparison.b)].map { "\($0)  \($1.path): \($1.title)" }
    let notes = [comparison.renaming].compactMap(\.self) + comparison.structure
    let hasRows = !rows.isEmpty || !networks.onlyInA.isEmpty || !networks.onlyInB.isEmpty
    let table = hasRows ? [comparison.table(rows, withSurplus: true)] : []
    let paragraphs = [lines(files), lines(notes)] + table + [lines([comparison.verdict])]
    return paragraphs.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private func lines(_ lines: [String]) -> String { lines.map { printable($0) + "\n" }.joined() }
}
