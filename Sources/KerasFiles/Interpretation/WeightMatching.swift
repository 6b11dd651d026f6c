internal import ModelGraph

/// Finds the weight of the network that each stored weight is, by name: Keras's order changes with freezing.
enum WeightMatching {
  /// - Parameter network: Its graph, and the layers of it that each stored layer stands for.
  /// - Throws: `unknownWeight`, `duplicateWeight`, or `unsupportedType` for a weight of the network that is no
  ///   floating-point number. Whether any is missing, `Model` checks.
  static func match(
    _ stored: [StoredLayer], to network: FlatNetwork
  ) throws(KerasFileError.Problem) -> [WeightID: StoredWeight] {
    let graph = network.graph
    var matched: [WeightID: StoredWeight] = [:]
    let foreign = Set(network.foreign.map(\.name))
    for layer in stored {
      let members = network.members[layer.name] ?? []
      let candidates = members.filter { hasWeights($0, in: graph) }
      for (name, type) in layer.otherTypes where identity(of: name, among: candidates, in: graph) != nil {
        throw .unsupportedType(weight: name, found: type)
      }
      for weight in layer.weights {
        guard let id = identity(of: weight.name, among: candidates, in: graph) else {
          if isForeign(weight, of: layer, members, foreign) { continue }
          throw .unknownWeight(weight.place.path)
        }
        guard matched.updateValue(weight, forKey: id) == nil else {
          throw .duplicateWeight(weight.place.path)
        }
      }
    }
    return matched
  }

  /// Whether the weight is one of a head that was not taken over.
  private static func isForeign(
    _ weight: StoredWeight, of layer: StoredLayer, _ members: [String], _ foreign: Set<String>
  ) -> Bool {
    let owner = WeightPath(weight.name).layer ?? layer.name
    return foreign.contains(layer.name) || foreign.contains(owner)
      || members.contains { foreign.contains($0) } && !members.contains(owner)
  }

  private static func hasWeights(_ layer: String, in graph: Graph) -> Bool {
    graph.position(of: layer).map { !graph.weightSpecs[$0].isEmpty } ?? false
  }

  private static func identity(of name: String, among layers: [String], in graph: Graph) -> WeightID? {
    let parts = WeightPath(name)
    guard let layer = layers.count == 1 ? layers[0] : parts.layer.flatMap({ find($0, among: layers) }),
      let name = weightName(parts.variable, of: layer, in: graph)
    else { return nil }
    let id = WeightID(layer: layer, name: name)
    return graph.spec(of: id) == nil ? nil : id
  }

  /// The layer of this name, or the one whose name Keras made unique in its session: `conv1_1` for `conv1`.
  static func find(_ name: String, among layers: [String]) -> String? {
    if layers.contains(name) { return name }
    return WeightPath.withoutSuffix(name).flatMap { layers.contains($0) ? $0 : nil }
  }

  /// Keras 3 calls the kernel of a depthwise convolution `kernel`; a number is a place in Keras's order.
  private static func weightName(_ variable: String, of layer: String, in graph: Graph) -> WeightName? {
    if let number = Int(variable), let position = graph.position(of: layer) {
      let specs = graph.weightSpecs[position]
      return specs.indices.contains(number) ? specs[number].name : nil
    }
    guard let name = WeightName(rawValue: variable) else { return nil }
    if name == .kernel, case .depthwiseConv2D = graph[layer]?.operation { return .depthwiseKernel }
    return name
  }
}

/// A weight's name taken apart: `sequential/conv1_1/kernel:0` is variable `kernel` of layer `conv1_1`.
struct WeightPath: Hashable {
  /// nil where the name is the variable's alone, as in Keras 3.0 to 3.2.
  let layer: String?
  let variable: String

  init(_ name: String) {
    let parts = name.split(separator: "/")
    variable = String((parts.last ?? "").prefix { $0 != ":" })
    layer = parts.count > 1 ? String(parts[parts.count - 2]) : nil
  }

  /// The name without a trailing `_1`, `_2`, …; nil where it has none.
  static func withoutSuffix(_ name: String) -> String? {
    guard let underscore = name.lastIndex(of: "_") else { return nil }
    let digits = name[name.index(after: underscore)...]
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
    return String(name[..<underscore])
  }
}
