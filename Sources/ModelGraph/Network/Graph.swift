/// The structure of a network: layers in topological order, with the shapes that follow from them.
///
/// A value of this type is sound: names are unique, every input stands before its user, every window fits,
/// and every size is at least one and within 2³¹ elements. So nothing computed from it can overflow.
public struct Graph: Sendable, Hashable {
  public let name: String
  public let layers: [Layer]
  /// Output shape of each layer, without the batch dimension.
  public let outputShapes: [Shape]
  /// The weights of each layer, in Keras's order of creation.
  public let weightSpecs: [[WeightSpec]]
  private let positions: [String: Int]

  /// - Throws: The first rule that `layers` break.
  public init(name: String, layers: [Layer]) throws(GraphError) {
    guard !layers.isEmpty else { throw .empty }
    var positions: [String: Int] = [:]
    var outputShapes: [Shape] = []
    var weightSpecs: [[WeightSpec]] = []
    for (position, layer) in layers.enumerated() {
      guard positions.updateValue(position, forKey: layer.name) == nil else {
        throw .duplicateLayer(layer.name)
      }
      try Configuration.check(layer)
      let inputs = try Graph.inputShapes(of: layer, at: position, among: outputShapes)
      outputShapes.append(try ShapeRule.output(of: layer, over: inputs))
      weightSpecs.append(try ShapeRule.weights(of: layer, over: inputs))
    }
    self.name = name
    self.layers = layers
    self.outputShapes = outputShapes
    self.weightSpecs = weightSpecs
    self.positions = positions
  }

  private static func inputShapes(of layer: Layer, at position: Int, among shapes: [Shape])
    throws(GraphError) -> [Shape]
  {
    var found: [Shape] = []
    for input in layer.inputs {
      guard shapes.indices.contains(input) else {
        throw .badInputs(layer: layer.name, why: "input \(input) does not stand before position \(position)")
      }
      found.append(shapes[input])
    }
    return found
  }

  public func position(of name: String) -> Int? { positions[name] }
  public subscript(name: String) -> Layer? { positions[name].map { layers[$0] } }

  /// Positions of the layers that take the output of the layer at `position`.
  public func consumers(of position: Int) -> [Int] {
    layers.indices.filter { layers[$0].inputs.contains(position) }
  }

  /// Every weight of the network, in layer order and in Keras's order within a layer.
  public var weightIDs: [WeightID] {
    zip(layers, weightSpecs).flatMap { layer, specs in
      specs.map { WeightID(layer: layer.name, name: $0.name) }
    }
  }

  public func spec(of id: WeightID) -> WeightSpec? {
    positions[id.layer].flatMap { weightSpecs[$0].first { $0.name == id.name } }
  }

  /// Parameters of the layer at `position`, as Keras counts them: moving statistics included.
  public func parameterCount(at position: Int) -> Int {
    weightSpecs[position].reduce(0) { $0 + $1.elementCount }
  }

  public var parameterCount: Int { layers.indices.reduce(0) { $0 + parameterCount(at: $1) } }

  /// Shape of the network's input [H, W, C]; of the first input layer where there are several.
  public var inputShape: Shape {
    for case (.input(let shape)) in layers.map(\.operation) { return shape }
    return outputShapes[0]
  }

  public var outputShape: Shape { outputShapes[outputShapes.count - 1] }

  /// The same network with other names for its layers.
  ///
  /// - Throws: `duplicateLayer` where two get the same.
  package func renamed(_ name: (String) -> String) throws(GraphError) -> Graph {
    let renamed = layers.map { layer in
      var copy = layer
      copy.name = name(layer.name)
      return copy
    }
    return try Graph(name: self.name, layers: renamed)
  }
}
