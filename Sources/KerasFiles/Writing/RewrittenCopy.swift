internal import ModelGraph
internal import SystemFiles
internal import ZipArchive

/// A copy of a Keras file with other bits for some of its weights.
struct RewrittenCopy {
  private let original: String
  private let container: KerasContainer
  /// What is in the original.
  private let before: [StoredWeight]
  private let replaced: [KerasExport.Replaced]

  init(of original: String, _ stored: StoredNetwork, replacing replaced: [KerasExport.Replaced]) {
    self.original = original
    container = stored.container
    before = stored.allWeights
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
    let bytes = try SharedBytes(path: original)
    let changed = replaced.filter { $0.place.part == part }
    let updated = changed.isEmpty ? nil : try updated(bytes, changed, at: original)
    try AtomicFile.write(to: path) { file in
      if let updated { try file.append(updated) } else { try bytes.withUnsafeBytes { try file.append($0) } }
    }
  }

  private func writeArchive(to path: String) throws {
    guard !replaced.isEmpty else { return try copy(to: path) }
    try MappedFile(path: original).withUnsafeBytes { bytes in
      let weights = try ArchiveReading.weights(in: ZipArchive(bytes))
      let updated = try updated(weights, replaced, at: original)
      let archive = try ZipArchive.archive(bytes, replacing: ArchiveReading.weightsName, by: updated)
      try KerasExport.write(archive, to: path)
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

  /// The HDF5 file with the changes, which are there when it is read again, and no others.
  private func updated(
    _ file: SharedBytes, _ changed: [KerasExport.Replaced], at path: String
  ) throws -> [UInt8] {
    do {
      let requested = changed.map { SandboxRequest.Replaced(path: $0.place.path, tensor: $0.tensor) }
      let image = try Sandbox.copy(of: file, at: path, replacing: requested)
      try check(image, changed, at: path)
      return image
    } catch let problem as KerasFileError.Problem {
      throw KerasFileError(file: path, problem)
    }
  }

  private func check(_ image: [UInt8], _ changed: [KerasExport.Replaced], at path: String) throws {
    guard let part = changed.first?.place.part else { return }
    var expected: [StoredWeight.Place: Tensor] = [:]
    for weight in before where weight.place.part == part { expected[weight.place] = weight.tensor }
    for weight in changed { expected[weight.place] = weight.tensor }
    let file = try SharedBytes(count: image.count) { target in
      image.withUnsafeBytes { target.copyMemory(from: $0) }
    }
    var budget = ReadingBudget()
    var found: [StoredWeight.Place: Tensor] = [:]
    for weight in try Sandbox.network(in: file, at: path, part: part, &budget)?.allWeights ?? [] {
      found[weight.place] = weight.tensor
    }
    guard found == expected else {
      throw KerasFileError.Problem.libraryFailed("the copy that it made has other weights than it was given")
    }
  }
}
