import ArgumentParser
import KerasFiles
import ModelGraph

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the weights of a pack back to Keras.",
    usage: "mlpack export <pack> --output <out.h5> [--onto <original>] [<options>]",
    discussion: """
      Without --onto the output is a whole model that load_model takes in Keras 2 and Keras 3. With it the \
      output is a copy of ORIGINAL in which only the tensors that were trained differ.
      """)

  @Argument(help: ArgumentHelp("The pack.", valueName: "pack"))
  var pack: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "out.h5"))
  var output: String

  @Option(help: ArgumentHelp("The Keras file that the pack was imported from.", valueName: "original"))
  var onto: String?

  @Option(help: "The format of the output. Without it, the output's name tells: .h5 is keras-h5.")
  var format: Format?

  @OptionGroup var verbosity: VerbosityOptions

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case kerasH5 = "keras-h5"
  }

  func validate() throws {
    if onto != nil && format != nil {
      throw ValidationError("--onto keeps the format of ORIGINAL; leave --format out")
    }
    guard onto == nil && format == nil else { return }
    let formats = Format.allCases.map(\.rawValue).joined(separator: ", ")
    guard output.hasSuffix(".h5"), !output.hasSuffix(".weights.h5") else {
      throw ValidationError(
        "no format is known by the name of '\(output)'; end it in .h5 or give --format (\(formats))")
    }
  }

  func run() throws {
    let file = try NetworkFile(reading: pack)
    let model = try blaming(pack) { try file.model() }
    var lines = verbosity.verbose ? ["network  \(model.graph.outline)"] : []
    if let onto {
      let rewriting = try KerasExport.write(model, onto: onto, to: output)
      lines.append("wrote \(output): \(onto) with \(counted(rewriting.changed.count, "tensor")) rewritten")
      lines += rewriting.changed.map { "  \($0)" }
      if !rewriting.leftOut.isEmpty {
        let names = rewriting.leftOut.map(\.description).joined(separator: ", ")
        StandardError.warning(
          "\(onto) has no place for \(names); export without --onto to keep the classifier")
      }
    } else {
      try KerasExport.write(model, to: output)
      let count = counted(model.graph.parameterCount, "parameter")
      lines.append("wrote \(output): \(model.graph.name), \(count)")
      if case .pack(let pack) = file {
        lines += pack.approximationLines(limit: verbosity.verbose ? .max : 5)
      }
    }
    guard !verbosity.quiet else { return }
    try StandardOutput.write(lines.map { printable($0) + "\n" }.joined())
  }
}
