internal import HDF5
public import ModelGraph
internal import SystemFiles
internal import ZipArchive

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
      try Copy(of: original, stored.container, replacing: comparison.replaced).write(to: path)
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

/// A copy of a Keras file with other bits for some of its weights.
private struct Copy {
  private let original: String
  private let container: KerasContainer
  private let replaced: [KerasExport.Replaced]

  init(of original: String, _ container: KerasContainer, replacing replaced: [KerasExport.Replaced]) {
    self.original = original
    self.container = container
    self.replaced = replaced
  }

  func write(to path: String) throws {
    switch container {
    case .legacyModel, .legacyWeights, .weights: try writeHDF5(original, part: 0, to: path)
    case .archive: try writeArchive(to: path)
    case .shardedWeights: try writeShards(to: path)
    }
  }

  private func copy(to path: String) throws {
    try MappedFile(path: original).withUnsafeBytes { bytes in
      try AtomicFile.write(to: path) { file in try file.append(bytes) }
    }
  }

  private func writeHDF5(_ original: String, part: Int, to path: String) throws {
    try MappedFile(path: original).withUnsafeBytes { bytes in
      try AtomicFile.write(to: path) { file in
        let changed = replaced.filter { $0.place.part == part }
        if changed.isEmpty { try file.append(bytes) } else { try file.append(update(bytes, changed)) }
      }
    }
  }

  private func writeArchive(to path: String) throws {
    try MappedFile(path: original).withUnsafeBytes { bytes in
      try AtomicFile.write(to: path) { file in
        guard !replaced.isEmpty else { return try file.append(bytes) }
        let image = try ZipArchive(bytes).contents(of: ArchiveReading.weightsName)
        let updated = try image.withUnsafeBytes { try update($0, replaced) }
        try file.append(
          ZipArchive.archive(bytes, replacing: ArchiveReading.weightsName, by: updated))
      }
    }
  }

  /// The parts of a copy get names that go with its own, so that it may lie beside the original. Where it takes the
  /// original's place, the parts in which nothing changes stay.
  private func writeShards(to path: String) throws {
    let names = try ShardReading.partNames(of: original)
    let isSame = Paths.areSame(original, path)
    let written = names.indices.filter { part in !isSame || replaced.contains { $0.place.part == part } }
    let writing = ShardWriting(path)
    let newNames = Dictionary(uniqueKeysWithValues: zip(written, writing.freeNames(written.count)))
    try writing.committing(Array(newNames.values)) {
      for (part, newName) in newNames.sorted(by: { $0.key < $1.key }) {
        let source = Paths.sibling(of: original, named: names[part])
        try writeHDF5(source, part: part, to: Paths.sibling(of: path, named: newName))
      }
      let renaming = newNames.map { (names[$0.key], $0.value) }.filter { $0.0 != $0.1 }
      guard !renaming.isEmpty else { return try copy(to: path) }
      let index = try ShardReading.index(at: original)
        .renamingParts(Dictionary(uniqueKeysWithValues: renaming))
      try KerasExport.write(Array(index.text.utf8), to: path)
    }
  }

  private func update(
    _ image: UnsafeRawBufferPointer, _ changed: [KerasExport.Replaced]
  ) throws(HDF5Error) -> [UInt8] {
    let file = try File(updatingImage: image, name: original)
    try update(changed, in: try file.root())
    return try file.finishedImage()
  }

  /// Apart from the other so that the group is closed before the file.
  private func update(_ changed: [KerasExport.Replaced], in root: consuming Group) throws(HDF5Error) {
    for weight in changed {
      let dataset = try root.dataset(at: String(weight.place.path.dropFirst()))
      try weight.tensor.bytes.withUnsafeBytes { (bytes) throws(HDF5Error) in try dataset.write(bytes) }
    }
  }
}
