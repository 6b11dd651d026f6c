/// One tensor that a layer takes: an output of another layer, by that layer's name.
struct InboundReference: Hashable {
  let layer: String
  let output: Int

  /// The tensors of `inbound_nodes`, in the order in which the layer takes them.
  ///
  /// Keras 2 writes `[[["conv1", 0, 0, {}]]]`: a list of calls, each a list of tensors. Keras 3 writes
  /// `[{"args": […], "kwargs": {…}}]`, with tensors as objects of class `__keras_tensor__` anywhere inside.
  /// A nested model's own calls are counted too, so that the index of the call says nothing here.
  static func list(of nodes: JSONValue, layer: String) throws(KerasFileError.Problem) -> [InboundReference] {
    guard let calls = nodes.array else { throw malformed(layer) }
    guard let call = calls.first else { return [] }
    guard calls.count == 1 else {
      throw .unsupported(layer: layer, why: "it is used in \(calls.count) places")
    }
    var collector = Collector(layer: layer)
    try collector.collect(call)
    return collector.found
  }

  /// The tensors of `input_layers` or `output_layers`: `["conv1", 0, 0]`, or a list of those.
  static func endpoints(_ value: JSONValue?, of model: String) throws(KerasFileError.Problem)
    -> [InboundReference]
  {
    guard let value else { throw malformed(model) }
    var collector = Collector(layer: model)
    try collector.collect(value)
    return collector.found
  }

  private static func malformed(_ layer: String) -> KerasFileError.Problem {
    .badConfiguration("the inputs and outputs of '\(layer)' are not given as Keras does")
  }

  private struct Collector {
    let layer: String
    var found: [InboundReference] = []

    /// - Complexity: Bounded by the depth that the parser lets through.
    mutating func collect(_ value: JSONValue) throws(KerasFileError.Problem) {
      switch value {
      case .array(let elements):
        if elements.count >= 3, let name = elements[0].string {
          try append(name, output: elements[2])
          if elements.count > 3 { try check(arguments: elements[3]) }
        } else {
          for element in elements { try collect(element) }
        }
      case .object(let members):
        if value["class_name"]?.string == "__keras_tensor__" {
          try collect(value["config"]?["keras_history"] ?? .null)
        } else {
          if let arguments = value["kwargs"] { try check(arguments: arguments) }
          for member in members { try collect(member.value) }
        }
      default:
        break
      }
    }

    private mutating func append(_ name: String, output: JSONValue) throws(KerasFileError.Problem) {
      guard let output = output.integer, output >= 0 else { throw malformed(layer) }
      found.append(InboundReference(layer: name, output: output))
    }

    /// A layer that was called with `training=True` normalises by the batch at inference too.
    private func check(arguments: JSONValue) throws(KerasFileError.Problem) {
      guard arguments["training"]?.bool != true else {
        throw .unsupported(layer: layer, why: "it is called with training=True")
      }
    }
  }
}
