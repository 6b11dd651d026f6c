import ModelGraph
import PackFile
import SystemFiles

extension Delta {
  /// What it carries, in a line: `conv_pw_13, dense (1,053,701 parameters)`.
  var contents: String {
    var layers: [String] = []
    for weight in weights where layers.last != weight.id.layer { layers.append(weight.id.layer) }
    guard !layers.isEmpty else { return "no tensors" }
    let count = counted(weights.reduce(0) { $0 + $1.elementCount }, "parameter")
    return "\(listed(layers)) (\(count)\(isHalved ? ", kernels in float16" : ""))"
  }

  /// Whether values were rounded to `float16`.
  var isHalved: Bool { weights.contains(where: \.isHalved) }
}

/// What `inspect` says of a delta.
struct DeltaDescription {
  private let delta: Delta
  private let byteCount: Int

  init(reading path: String) throws {
    delta = try DeltaFile.read(path)
    byteCount = try MappedFile(path: path).count
  }

  var text: String {
    let graph = delta.graph
    var rows = [("file", "mlpack delta, \(grouped(byteCount)) bytes"), ("network", graph.outline)]
    if !delta.labels.isEmpty { rows.append(("labels", listed(delta.labels))) }
    rows += [
      ("trains", delta.mask.summary(in: graph)), ("carries", delta.contents), ("base", delta.baseDigest),
      ("gives", delta.resultDigest),
    ]
    return rows.map { aligned($0.0, $0.1) }.joined()
  }

  var json: JSON {
    .object([
      ("format", .string("mlpack-delta")), ("name", .string(delta.graph.name)),
      ("base", .string(delta.baseDigest)), ("gives", .string(delta.resultDigest)),
      ("labels", .strings(delta.labels)), ("mask", .string(delta.mask.summary(in: delta.graph))),
      (
        "tensors",
        .array(
          delta.weights.map { weight in
            .object([
              ("name", .string(weight.id.description)), ("parameters", .integer(weight.elementCount)),
              ("dtype", .string(weight.type.rawValue)),
            ])
          })
      ),
      ("bytes", .integer(byteCount)),
    ])
  }
}
