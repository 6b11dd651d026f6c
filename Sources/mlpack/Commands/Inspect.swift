import ArgumentParser
import Glibc
import ModelGraph
import PackFile

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what is in a file: layers, shapes, parameters, what is trained, sizes.",
    discussion: """
      With --stats, the numbers of each tensor instead of the shapes: how they are spread, and those that no \
      tensor should have. A pack's are Keras's own, unfolded.
      """)

  @Argument(help: ArgumentHelp("A pack, a delta, or any Keras file that import reads.", valueName: "file"))
  var file: String

  @Flag(help: "Show range, mean, deviation, zeros and a histogram of each tensor.")
  var stats = false

  @OptionGroup var output: JSONOption

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    if DeltaFile.isDelta(file) {
      let delta = try DeltaDescription(reading: file)
      return try StandardOutput.write(output.json ? delta.json.document : delta.text)
    }
    let inspection = try Inspection(reading: file)
    let statistics = stats ? try blaming(file) { try inspection.statistics() } : nil
    try StandardOutput.write(
      output.json ? inspection.json(statistics).document : inspection.text(statistics))
  }
}

extension Inspection {
  /// - Parameter statistics: Of every tensor, where they are shown instead of the layers.
  fileprivate func text(_ statistics: [WeightID: TensorStatistics]?) -> String {
    header + (statistics.map { StatisticsTable(graph, $0).text } ?? table) + "\n" + totals
  }

  private var header: String {
    var rows = [("file", "\(title), \(grouped(byteCount)) bytes"), ("network", graph.outline)]
    if !labels.isEmpty { rows.append(("labels", listed(labels))) }
    if let provenance {
      rows.append(("trains", mask.summary(in: graph)))
      rows.append(("source", provenance.sourceName))
      rows.append(("SHA-256", provenance.sourceDigest))
      rows.append(("made by", "mlpack \(provenance.toolVersion)"))
    }
    rows += notes.map { ("note", $0) }
    return rows.map { aligned($0.0, $0.1) }.joined() + "\n"
  }

  private var table: String {
    // The gaps are such that a network of 224 × 224 fits 80 columns.
    var table = Table([
      .left("layer (type)"), .left("output shape", gap: 1), .right("params", gap: 1), .left("train", gap: 1),
      .right("bytes", gap: 1),
    ])
    for (position, layer) in graph.layers.enumerated() {
      let shape = (["None"] + graph.outputShapes[position].map(String.init)).joined(separator: ", ")
      let bytes = byteCount(at: position)
      table.add([
        printable("\(layer.name) (\(layer.operation.className))"), "(\(shape))",
        grouped(graph.parameterCount(at: position)),
        training(at: position), bytes == 0 ? "" : byteSize(bytes),
      ])
    }
    return table.rendered(width: Terminal.width(of: STDOUT_FILENO), style: Style(descriptor: STDOUT_FILENO))
  }

  private var totals: String {
    let rows = [
      ("total parameters", graph.parameterCount), ("trainable", trainableCount),
      ("non-trainable", graph.parameterCount - trainableCount),
    ]
    let width = grouped(graph.parameterCount).count
    return rows.map { title, count in
      let number = grouped(count)
      let gap = 18 - title.count + width - number.count
      return title + String(repeating: " ", count: gap) + number + "\n"
    }.joined()
  }

  fileprivate func json(_ statistics: [WeightID: TensorStatistics]?) -> JSON {
    .object([
      ("format", .string(format)), ("kind", .string(isModel ? "model" : "weights")),
      ("name", .string(graph.name)),
      ("alpha", .optional(graph.alpha)), ("inputShape", .integers(graph.inputShape)),
      (
        "parameters",
        .object([
          ("total", .integer(graph.parameterCount)), ("trainable", .integer(trainableCount)),
          ("nonTrainable", .integer(graph.parameterCount - trainableCount)),
        ])
      ),
      ("labels", .strings(labels)), ("mask", .string(mask.summary(in: graph))),
      ("layers", .array(graph.layers.indices.map { layer(at: $0, statistics) })),
      ("bytes", .integer(byteCount)), ("notes", .strings(notes)),
    ])
  }

  private func layer(at position: Int, _ statistics: [WeightID: TensorStatistics]?) -> JSON {
    let layer = graph.layers[position]
    let tensors = tensors(at: position).map { tensor in
      JSON.object(
        [
          ("name", .string(tensor.name.rawValue)), ("shape", .integers(tensor.shape)),
          ("dtype", .string(tensor.dtype)), ("bytes", .integer(tensor.byteCount)),
        ] + StatisticsTable.members(statistics?[WeightID(layer: layer.name, name: tensor.name)]))
    }
    return .object([
      ("name", .string(layer.name)), ("type", .string(layer.operation.className)),
      ("outputShape", .integers(graph.outputShapes[position])),
      ("parameters", .integer(graph.parameterCount(at: position))),
      ("trainable", .bool(mask.trains(layer: layer.name))), ("tensors", .array(tensors)),
    ])
  }
}
