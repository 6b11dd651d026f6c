internal import ModelGraph

/// An entry of a model's `layers`: a layer or a nested model, with typed access to its configuration.
struct LayerConfiguration {
  /// Of one model; a MobileNet has about ninety.
  private static let maximumLayers = 4096

  let name: String
  let className: String
  /// The member `config`.
  let values: JSONValue
  /// The layers whose outputs it takes; nil in a Sequential model, where that is the layer before.
  let inbound: [InboundReference]?
  /// The number beside the one tensor that it takes, where it is an operation on the two.
  let operand: Double?

  /// The outermost model of a configuration's text.
  init(parsing text: String) throws(KerasFileError.Problem) {
    let document: JSONValue
    do {
      document = try JSONParser.parse(text)
    } catch {
      throw .badConfiguration("\(error.why) at byte \(error.offset)")
    }
    try self.init(document)
    guard isModel else { throw .unknownLayer(name, className: className) }
  }

  init(_ entry: JSONValue) throws(KerasFileError.Problem) {
    guard let className = entry["class_name"]?.string else {
      throw .badConfiguration("a layer has no 'class_name'")
    }
    // Keras before 2.2.3 wrote the list of layers itself as the configuration of a Sequential model.
    let values = entry["config"] ?? .object([])
    let name = entry["name"]?.string ?? values["name"]?.string
    guard let name = name ?? (className == "Sequential" ? "sequential" : nil) else {
      throw .badConfiguration("a layer of class \(className) has no name")
    }
    self.name = name
    self.className = className
    self.values = values
    operand = entry["inbound_nodes"].flatMap(LayerConfiguration.operand)
    inbound = try entry["inbound_nodes"].map { (nodes) throws(KerasFileError.Problem) in
      try InboundReference.list(of: nodes, layer: name)
    }
  }

  /// Keras 2 writes `[["input_1", 0, 0, {"y": 127.5}]]`, Keras 3 `[{"args": [tensor, 127.5], "kwargs": {}}]`.
  private static func operand(of nodes: JSONValue) -> Double? {
    guard let call = nodes.array?.first else { return nil }
    if let arguments = call["args"]?.array {
      return arguments.count == 2 && arguments[0].number == nil ? arguments[1].number : nil
    }
    guard let tensor = call.array, tensor.count == 4 else { return nil }
    return tensor[3]["y"]?.number
  }

  var isModel: Bool { isSequential || ["Functional", "Model"].contains(className) }
  var isSequential: Bool { className == "Sequential" }

  /// `trainable` of the layer itself; a model around it may say otherwise.
  var trainable: Bool { values["trainable"]?.bool ?? true }

  /// The entries of a nested model.
  func layers() throws(KerasFileError.Problem) -> [LayerConfiguration] {
    guard let entries = values["layers"]?.array ?? values.array else { throw wrong("layers", "a list") }
    guard entries.count <= LayerConfiguration.maximumLayers else {
      throw .badConfiguration("'\(name)' has \(entries.count) layers")
    }
    var layers: [LayerConfiguration] = []
    for entry in entries { layers.append(try LayerConfiguration(entry)) }
    return layers
  }

  func unsupported(_ why: String) -> KerasFileError.Problem { .unsupported(layer: name, why: why) }

  func wrong(_ key: String, _ expected: String) -> KerasFileError.Problem {
    .badConfiguration("'\(key)' of layer '\(name)' is not \(expected)")
  }

  func integer(_ key: String) throws(KerasFileError.Problem) -> Int {
    guard let value = values[key]?.integer else { throw wrong(key, "an integer") }
    return value
  }

  func number(_ key: String, default absent: Double) throws(KerasFileError.Problem) -> Double {
    guard let value = values[key] else { return absent }
    // Keras 2.12 and 2.13 write some numbers as arrays of numpy.
    let plain = value["class_name"]?.string == "__numpy__" ? value["config"]?["value"] : value
    guard let number = plain?.number, number.isFinite else { throw wrong(key, "a finite number") }
    return number
  }

  func flag(_ key: String, default absent: Bool) throws(KerasFileError.Problem) -> Bool {
    guard let value = values[key] else { return absent }
    guard let flag = value.bool else { throw wrong(key, "true or false") }
    return flag
  }

  /// One integer for height and width, or a list of the two.
  func size(_ key: String) throws(KerasFileError.Problem) -> Size2D {
    guard let (height, width) = values[key].flatMap(LayerConfiguration.pair) else {
      throw wrong(key, "one or two integers")
    }
    return Size2D(height: height, width: width)
  }

  /// A list of two integers, or one integer that stands for both.
  static func pair(_ value: JSONValue) -> (Int, Int)? {
    if let both = value.integer { return (both, both) }
    guard let list = value.array, list.count == 2, let first = list[0].integer, let second = list[1].integer
    else { return nil }
    return (first, second)
  }
}
