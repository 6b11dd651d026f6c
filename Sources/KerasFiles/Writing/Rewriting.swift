public import ModelGraph

extension KerasExport {
  /// What became of a model's weights in a copy of another file. All in the order of the network.
  public struct Rewriting: Sendable, Hashable {
    /// Those whose bits were different there.
    public let changed: [WeightID]
    /// Those of the classifier, for which there is no place.
    public let leftOut: [WeightID]
  }

  /// Writes a copy of `original` in which the weights of `model` stand, and all else stays as it is:
  /// configuration, order, names, types, attributes, compression, the state of the optimizer.
  ///
  /// Only datasets whose bits differ are written to. `path` may be `original`. A classifier that `original` does
  /// not have, because it was imported without one or with another, finds no place there and is left out.
  ///
  /// - Parameter partial: Of each of these weights, only the output channels that the mask trains are written; the
  ///   others stay as they are in `original`, whatever `model` has for them.
  /// - Throws: `FileError`; `KerasFileError` for what is wrong with `original`, `otherNetwork` where its feature
  ///   extractor is not that of `model`, `notWritten`. `path` is then as it was.
  @discardableResult
  public static func write(
    _ model: Model, onto original: String, to path: String, only partial: [WeightID: ChannelMask] = [:]
  ) throws -> Rewriting {
    let (stored, found) = try KerasFile.interpret(original, inputSize: nil, head: .leftOut)
    let comparison: (rewriting: Rewriting, replaced: [Replaced])
    do {
      comparison = try compare(model, with: found.weights, only: partial)
    } catch {
      throw KerasFileError(file: original, error)
    }
    try reportingFailure(of: path) {
      try RewrittenCopy(of: original, stored, replacing: comparison.replaced).write(to: path)
    }
    return comparison.rewriting
  }

  /// A weight that gets other bits, in the type that its place has.
  struct Replaced {
    let place: StoredWeight.Place
    let tensor: Tensor
  }

  private static func compare(
    _ model: Model, with stored: [WeightID: StoredWeight], only partial: [WeightID: ChannelMask]
  ) throws(KerasFileError.Problem) -> (Rewriting, [Replaced]) {
    let storedLayers = Set(stored.keys.map(\.layer))
    let features = (try? model.graph.withoutTop().layers.map(\.name)) ?? model.graph.layers.map(\.name)
    let top = Set(model.graph.layers.map(\.name)).subtracting(features)
    var changed: [WeightID] = []
    var leftOut: [WeightID] = []
    var replaced: [Replaced] = []
    for id in model.graph.weightIDs where partial[id] != .frozen {
      guard let tensor = model.weights[id] else { continue }
      if top.contains(id.layer), !storedLayers.contains(id.layer) {
        leftOut.append(id)
        continue
      }
      guard let found = stored[id] else { throw .otherNetwork("it has no weight '\(id)'") }
      guard found.tensor.shape == tensor.shape else {
        throw .otherNetwork("its weight '\(id)' has shape \(found.tensor.shape), not \(tensor.shape)")
      }
      var fitting =
        tensor.dtype == found.tensor.dtype ? tensor : tensor.float32.rounded(to: found.tensor.dtype)
      if case .channels(let ranges)? = partial[id], let spec = model.graph.spec(of: id) {
        fitting = found.tensor.replacing(ranges, of: spec.channelCount, by: fitting)
      }
      guard fitting != found.tensor else { continue }
      changed.append(id)
      replaced.append(Replaced(place: found.place, tensor: fitting))
    }
    return (Rewriting(changed: changed, leftOut: leftOut), replaced)
  }
}
