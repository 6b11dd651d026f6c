import ModelGraph
import SystemFiles

extension Delta {
  /// What turns `base` into `tuned`, or into `tuned` with its trained kernels rounded.
  ///
  /// - Parameter halves: Whether the kernels that it carries are rounded to `float16`, where that leaves them finite.
  /// - Throws: `DeltaMismatch` where `tuned` is not `base` after training; `DeltaError` where the format cannot hold
  ///   it; `GraphError` where the base's corrections do not belong to its kernels.
  public init(from base: DigestedPack, to tuned: DigestedPack, halves: Bool = false) throws {
    let derived = try DerivedPack(
      base.pack, like: tuned.pack.graph, tuned.pack.mask, compresses: tuned.pack.compresses)
    let comparison = TrainingComparison(base: base.pack, tuned: tuned.pack, derived: derived)
    try comparison.checkNetworks()
    var layout = try PackWriter(tuned.pack)
    guard layout.bytes.digest == tuned.digest else { throw DeltaMismatch.compression }
    let changes = try comparison.changes(layout.payloads)
    var result = tuned.pack
    var halved: Set<WeightID> = []
    if halves {
      (result, halved) = try result.halving(changes)
      layout = try PackWriter(result)
    }
    let carried = changes.map { change in
      CarriedPayload(change, isHalved: halved, of: result, layout.payloads[change.index].content)
    }
    self.init(
      file: nil, baseDigest: base.digest, resultDigest: layout.bytes.digest, front: layout.front,
      pack: try PackFront(ofDelta: layout.front), carried: carried)
  }
}

extension CarriedPayload {
  /// - Parameter whole: The payload as it is in the pack.
  fileprivate init(
    _ change: TrainingComparison.Change, isHalved halved: Set<WeightID>, of pack: Pack,
    _ whole: PayloadContent
  ) {
    index = change.index
    guard case .tensor(let id) = change.key, let tensor = pack.weights[id], let spec = pack.graph.spec(of: id)
    else {
      (form, content) = (.whole, whole)
      return
    }
    form = CarriedForm(isHalved: halved.contains(id), isPartial: change.isPartial)
    content =
      form == .whole
      ? whole : .tensor(CarriedCode.encode(tensor, as: form, pack.mask[id], of: spec.channelCount))
  }
}

extension Pack {
  /// This pack with those of the changed kernels rounded to `float16` that are trained and stay finite.
  fileprivate func halving(
    _ changes: [TrainingComparison.Change]
  ) throws(GraphError) -> (pack: Pack, halved: Set<WeightID>) {
    var rounded: Weights = [:]
    for change in changes {
      guard case .tensor(let id) = change.key, let tensor = weights[id], let spec = graph.spec(of: id),
        spec.shape.count > 1
      else { continue }
      let single = tensor.rounded(to: .float16).float32
      guard single.withFloats({ $0.allSatisfy(\.isFinite) }) else { continue }
      switch (mask[id], change.isPartial) {
      case (.trainable, _): rounded[id] = single
      case (.channels(let ranges), true):
        rounded[id] = tensor.replacing(ranges, of: spec.channelCount, by: single)
      case (.frozen, _), (.channels, false): continue
      }
    }
    return (try replacing(rounded), Set(rounded.keys))
  }
}

extension PackBytes {
  /// SHA-256 of the file.
  var digest: String {
    var digest = Digest()
    emit { digest.update($0) }
    return digest.hex()
  }
}
