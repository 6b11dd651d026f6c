internal import ModelGraph

/// What comes out of the sandbox.
enum SandboxAnswer {
  /// libhdf5 or a check before it refused an object of the file.
  case refused(object: String, why: String)
  case noNetwork
  case network(StoredNetwork)
  /// The copy of a file.
  case image([UInt8])

  enum Kind: UInt8 {
    case refused, noNetwork, layers, objects, image
  }
}

extension SandboxAnswer {
  /// - Parameter file: The file that the network is in: its bytes, which both sides have, are not sent.
  func encode(_ encoder: inout ByteEncoder, file: FileImage) throws {
    switch self {
    case .refused(let object, let why):
      try encoder.put(byte: Kind.refused.rawValue)
      try encoder.put(object)
      try encoder.put(why)
    case .noNetwork: try encoder.put(byte: Kind.noNetwork.rawValue)
    case .network(let network): try NetworkEncoding(file: file).put(network, &encoder)
    case .image(let bytes):
      try encoder.put(byte: Kind.image.rawValue)
      try encoder.put(bytes.count)
      try bytes.withUnsafeBytes { try encoder.put($0) }
    }
    try encoder.flush()
  }
}

/// One network has one encoding: what is found by key stands in the order of the keys.
private struct NetworkEncoding {
  let file: FileImage

  func put(_ network: StoredNetwork, _ encoder: inout ByteEncoder) throws {
    switch network.weights {
    case .layers(let layers):
      try encoder.put(byte: SandboxAnswer.Kind.layers.rawValue)
      try encoder.put(byte: network.hasOptimizerState ? 1 : 0)
      try encoder.put(network.kerasVersion)
      try encoder.put(network.configuration)
      try encoder.put(layers.count)
      for layer in layers { try put(layer, &encoder) }
    case .objects(let root):
      try encoder.put(byte: SandboxAnswer.Kind.objects.rawValue)
      try encoder.put(byte: network.hasOptimizerState ? 1 : 0)
      try put(root, &encoder)
    }
  }

  private func put(_ layer: StoredLayer, _ encoder: inout ByteEncoder) throws {
    try encoder.put(layer.name)
    try encoder.put(layer.weights.count)
    for weight in layer.weights { try put(weight, &encoder) }
    try encoder.put(layer.otherTypes.count)
    for (name, type) in layer.otherTypes.sorted(by: { $0.key < $1.key }) {
      try encoder.put(name)
      try encoder.put(type)
    }
  }

  private func put(_ object: StoredObject, _ encoder: inout ByteEncoder) throws {
    try encoder.put(object.key)
    try encoder.put(object.name)
    try encoder.put(object.variables.count)
    for (number, weight) in object.variables.sorted(by: { $0.key < $1.key }) {
      try encoder.put(number)
      try put(weight, &encoder)
    }
    try encoder.put(object.otherTypes.count)
    for (number, type) in object.otherTypes.sorted(by: { $0.key < $1.key }) {
      try encoder.put(number)
      try encoder.put(type)
    }
    try encoder.put(object.children.count)
    for child in object.children { try put(child, &encoder) }
  }

  private func put(_ weight: StoredWeight, _ encoder: inout ByteEncoder) throws {
    try encoder.put(weight.name)
    try encoder.put(weight.place.path)
    try encoder.put(weight.tensor.shape, weight.tensor.dtype)
    if let offset = file.offset(of: weight.tensor.bytes) {
      try encoder.put(byte: 1)
      try encoder.put(offset)
    } else {
      try encoder.put(byte: 0)
      try weight.tensor.bytes.withUnsafeBytes { try encoder.put($0) }
    }
  }
}
