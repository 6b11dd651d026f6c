internal import ModelGraph

/// Finds the weight of the network that each stored weight is, by name: Keras's order changes with freezing.
enum WeightMatching {
  /// - Parameters:
  ///   - stored: The layers of the file.
  ///   - members: The layers of `graph` that each of them stands for.
  /// - Throws: `unknownWeight` or `duplicateWeight`. Whether any is missing, `Model` checks.
  static func match(
    _ stored: [StoredLayer], to graph: Graph, members: [String: [String]]
  ) throws(KerasFileError.Problem) -> [WeightID: StoredWeight] {
    var matched: [WeightID: StoredWeight] = [:]
    for layer in stored {
      let candidates = (members[layer.name] ?? []).filter { hasWeights($0, in: graph) }
      for weight in layer.weights {
        guard let id = identity(of: weight, among: candidates, in: graph) else {
          throw .unknownWeight(weight.path)
        }
        guard matched.updateValue(weight, forKey: id) == nil else { throw .duplicateWeight(weight.path) }
      }
    }
    return matched
  }

  private static func hasWeights(_ layer: String, in graph: Graph) -> Bool {
    graph.position(of: layer).map { !graph.weightSpecs[$0].isEmpty } ?? false
  }

  private static func identity(of weight: StoredWeight, among layers: [String], in graph: Graph) -> WeightID?
  {
    let parts = WeightPath(weight.name)
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

  /// Keras 3 calls the kernel of a depthwise convolution `kernel`.
  private static func weightName(_ variable: String, of layer: String, in graph: Graph) -> WeightName? {
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
