import KerasFiles
import ModelGraph
import PackFile

/// A file that takes part in a comparison.
struct ComparedFile {
  let path: String
  /// What the file is, for a person.
  let title: String
  let network: ComparedNetwork

  init(reading path: String) throws {
    self.path = path
    let file = try NetworkFile(reading: path, head: .leftOut)
    title = file.title
    if case .keras(let keras) = file {
      for note in keras.foreignHeadNotes { StandardError.warning("\(path): \(note)") }
    }
    network = try blaming(path) { try file.compared() }
  }
}

extension NetworkFile {
  fileprivate var title: String {
    switch self {
    case .keras(let file): file.formatDescription
    case .pack(let pack): "mlpack pack, from \(pack.provenance.sourceName)"
    }
  }

  fileprivate func compared() throws(GraphError) -> ComparedNetwork {
    switch self {
    case .pack(let pack):
      ComparedNetwork(try pack.unfolded(), .pack(pack.mask), reductions: pack.storedReductions)
    case .keras(let file):
      ComparedNetwork(file.model, file.container.isModel ? .configured : .weightsAlone)
    }
  }
}

/// Two files, compared; their order is that of the command line.
struct FileComparison {
  let a: ComparedFile
  let b: ComparedFile
  let networks: NetworkComparison

  init(_ pathA: String, _ pathB: String) throws {
    a = try ComparedFile(reading: pathA)
    b = try ComparedFile(reading: pathB)
    networks = NetworkComparison(a.network, b.network)
  }
}

extension Pack {
  /// The kernels that are kept in fewer bits, as a comparison wants them.
  fileprivate var storedReductions: [WeightID: StoredReduction] {
    var found: [WeightID: StoredReduction] = [:]
    for (id, precision) in reductions {
      guard let stored = weights[id], let channels = graph.spec(of: id)?.channelCount else { continue }
      found[id] = StoredReduction(
        name: precision.kind.rawValue, stored: stored, isFolded: foldedLayers.contains(id.layer),
        error: approximations[id] ?? 0, reduce: { precision.applied(to: $0, channels: channels) })
    }
    return found
  }
}
