import ModelGraph

/// A pack's preamble and header, and what follows from them: every rule of FORMAT.md that needs no look at the data.
struct PackFront {
  let headerEnd: Int
  let header: Header
  let graph: Graph
  let mask: FreezeMask
  let tensors: [TensorLocation]
  let corrections: [CorrectionLocation]
  let types: [TypeEntry]

  /// - Parameters:
  ///   - bytes: The file, or its beginning up to the header's end.
  ///   - isWhole: Whether they are the file; else it is taken to be as long as it says.
  init(_ bytes: UnsafeRawBufferPointer, isWhole: Bool) throws(PackViolation) {
    let preamble = try Preamble(bytes, of: .pack, isWhole: isWhole)
    guard let fileLength = Int(exactly: preamble.length) else {
      throw .wrongLength(stored: preamble.length, found: bytes.count)
    }
    let features = Features(rawValue: preamble.features)
    headerEnd = preamble.headerEnd
    var reader = HeaderReader(
      UnsafeRawBufferPointer(rebasing: bytes[..<headerEnd]), from: Format.preambleLength)
    header = try reader.header()
    graph = try header.graph()
    let directory = Directory(graph, fileLength: fileLength, headerEnd: headerEnd)
    tensors = try directory.tensors(&reader)
    mask = Directory.mask(tensors)
    corrections = try directory.corrections(&reader, tensors, under: mask)
    types = features.contains(.types) ? try reader.typeEntries(of: tensors.count) : []
    try reader.finish()
    try Directory.check(types, of: tensors, features)
  }

  /// Where each payload lies: the tensors', then the corrections'.
  var locations: [PayloadLocation] { tensors.map(\.location) + corrections.map(\.location) }

  var compresses: Bool { tensors.contains(where: \.isCompressed) }
}

extension Header {
  fileprivate func graph() throws(PackViolation) -> Graph {
    let graph: Graph
    do throws(GraphError) {
      graph = try Graph(name: name, layers: layers)
    } catch {
      throw .badNetwork(error)
    }
    guard labels.isEmpty || [labels.count] == graph.outputShape else {
      throw .labelCount(labels: labels.count, outputs: graph.outputShape.reduce(1, *))
    }
    return graph
  }
}
