import ArgumentParser
import KerasFiles
import ModelGraph

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the weights of a pack back to Keras.",
    usage: "mlpack export <pack> --output <out> [--onto <original>] [<options>]",
    discussion: """
      Without --onto the output is one flat model. With it the output is a copy of ORIGINAL, whatever its \
      container, in which only the tensors that were trained differ.

      Formats, and what loads them:
        keras-h5          .h5            load_model of Keras 2 and Keras 3
        keras-v3          .keras         load_model of Keras 3 and tf_keras
        keras-weights-h5                 load_weights of Keras 2 and Keras 3
        weights-h5        .weights.h5    load_weights of Keras 3 and tf_keras
        weights-json      .weights.json  load_weights of Keras 3; several files
      """)

  @Argument(help: ArgumentHelp("The pack.", valueName: "pack"))
  var pack: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "out"))
  var output: String

  @Option(help: ArgumentHelp("The Keras file that the pack was imported from.", valueName: "original"))
  var onto: String?

  @Option(
    help: ArgumentHelp(
      "The format of the output. (default: what the output's name ends in)", valueName: "format"),
    transform: KerasContainer.init(format:))
  var format: KerasContainer?

  @Option(
    help: ArgumentHelp(
      "What a file of weights-json may hold: 500kB, 10MB, 1GB. (default: 10MB)", valueName: "size"))
  var shardSize: ByteSize?

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if onto != nil && format != nil {
      throw ValidationError("--onto keeps the format of ORIGINAL; leave --format out")
    }
    if onto != nil && shardSize != nil {
      throw ValidationError("--onto keeps the parts of ORIGINAL; leave --shard-size out")
    }
    guard onto == nil else { return }
    guard let container = format ?? KerasContainer(nameOf: output) else {
      throw ValidationError(
        "no format is known by the name of '\(output)'; end it in .h5 or .keras, or give --format (\(KerasContainer.formats))"
      )
    }
    if shardSize != nil && container != .shardedWeights {
      throw ValidationError("--shard-size is for weights-json alone")
    }
  }

  func run() throws {
    let file = try NetworkFile(reading: pack, head: .refused)
    let model = try blaming(pack) { try file.model() }
    var lines = verbosity.verbose ? ["network  \(model.graph.outline)"] : []
    if let onto {
      let rewriting = try KerasExport.write(model, onto: onto, to: output, only: file.trainedOfApproximate)
      lines.append("wrote \(output): \(onto) with \(counted(rewriting.changed.count, "tensor")) rewritten")
      lines += rewriting.changed.map { "  \($0)" }
      if !rewriting.leftOut.isEmpty {
        let names = rewriting.leftOut.map(\.description).joined(separator: ", ")
        StandardError.warning(
          "\(onto) has no place for \(names); export without --onto to keep the classifier")
      }
    } else if let container = format ?? KerasContainer(nameOf: output) {
      try KerasExport.write(
        model, to: output, as: container, partBytes: shardSize?.count ?? ByteSize.defaultPart.count)
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

extension KerasContainer {
  fileprivate static let formats = allCases.map(\.rawValue).joined(separator: ", ")

  fileprivate init(format name: String) throws {
    guard let found = KerasContainer(rawValue: name) else {
      throw ValidationError("'\(name)' is no format; one of \(KerasContainer.formats)")
    }
    self = found
  }

  /// What a file's name stands for by its ending.
  fileprivate init?(nameOf path: String) {
    let endings: [(String, KerasContainer)] = [
      (".weights.json", .shardedWeights), (".weights.h5", .weights), (".keras", .archive),
      (".h5", .legacyModel),
      (".hdf5", .legacyModel),
    ]
    guard let found = endings.first(where: { path.hasSuffix($0.0) }) else { return nil }
    self = found.1
  }
}

extension NetworkFile {
  /// Of the weights that a pack knows only approximately, what is trained; the rest is in the original.
  fileprivate var trainedOfApproximate: [WeightID: ChannelMask] {
    guard case .pack(let pack) = self else { return [:] }
    let ids = pack.approximations.keys.map { ($0, pack.mask[$0]) }
    // A kernel that is to be trained, and was not yet, is as approximate as before.
    return Dictionary(uniqueKeysWithValues: ids.map { ($0, $1 == .trainable ? .frozen : $1) })
  }
}

extension ByteSize {
  fileprivate static let defaultPart = ByteSize(count: 10_000_000)
}
