internal import ModelGraph

/// A network's layers in one list, nested models taken apart.
struct FlatNetwork {
  /// The layers that mlpack knows, as far as nothing foreign stands before them.
  let graph: Graph
  /// The layers of the list that each stored layer stands for: itself, or those nested in it.
  let members: [String: [String]]
  /// The layers that could not be taken over: a head of another kind.
  let foreign: [ForeignLayer]
  /// Why the first of those could not be taken over.
  let problem: KerasFileError.Problem?
  let notes: [String]

  init(
    _ graph: Graph, _ members: [String: [String]], foreign: [ForeignLayer] = [],
    problem: KerasFileError.Problem? = nil, notes: [String] = []
  ) {
    self.graph = graph
    self.members = members
    self.foreign = foreign
    self.problem = problem
    self.notes = notes
  }

  /// The same network, of which each stored layer is a layer.
  var withLayersAsMembers: FlatNetwork {
    let names = graph.layers.map(\.name) + foreign.map(\.name)
    let members = Dictionary(names.map { ($0, [$0]) }) { first, _ in first }
    return FlatNetwork(graph, members, foreign: foreign, problem: problem, notes: notes)
  }

  /// The network without the layers from `end` on, which are left out like the foreign ones.
  func cut(at end: Int) throws(KerasFileError.Problem) -> FlatNetwork {
    let features = try sound { () throws(GraphError) in
      try Graph(name: graph.name, layers: Array(graph.layers[..<end]))
    }
    let head = graph.layers[end...].map { ForeignLayer(name: $0.name) }
    return FlatNetwork(features, members, foreign: head + foreign, problem: problem, notes: notes)
  }
}

/// A layer that mlpack does not know, or cannot run.
public struct ForeignLayer: Sendable, Hashable {
  public let name: String
  /// As the end of a sentence about the layer; nil where it only belongs to a head with such layers.
  public let why: String?

  public init(name: String, why: String? = nil) {
    self.name = name
    self.why = why
  }
}

extension ForeignLayer: CustomStringConvertible {
  public var description: String { why.map { "'\(name)' (\($0))" } ?? "'\(name)'" }
}
