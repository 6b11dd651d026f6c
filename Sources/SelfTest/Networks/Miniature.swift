import ModelGraph

extension Graph {
  /// This network with fewer channels and pixels: of the same operations, with the same windows, on shapes that fill no
  /// tile. Its kernels are those of the network itself.
  ///
  /// - Returns: nil where its windows do not fit smaller images.
  func miniature() -> Graph? {
    // The first that leaves the last map more than one pixel; all of a MobileNet's strides together are 32.
    for size in [71, 103, 45, 21, 11, 5] {
      if let graph = try? miniature(size: size) { return graph }
    }
    return nil
  }

  private static let mostChannels = 40

  private func miniature(size: Int) throws(GraphError) -> Graph {
    var small: [Layer] = []
    for (position, layer) in layers.enumerated() {
      var copy = Layer(
        name: layer.name,
        operation: try small.isEmpty
          ? miniatureInput(size) : miniature(of: position, behind: Graph(name: name, layers: small)),
        inputs: layer.inputs)
      copy.trainable = layer.trainable
      small.append(copy)
    }
    return try Graph(name: name, layers: small)
  }

  private func miniatureInput(_ size: Int) -> Operation {
    guard inputShape.count == 3 else { return layers[0].operation }
    // Of another height than width, as many kernels take one for the other.
    let (height, width) = (min(size, inputShape[0]), min(size - 2, inputShape[1]))
    return .input([max(height, 1), max(width, 1), inputShape[2]])
  }

  private func miniature(of position: Int, behind small: Graph) -> Operation {
    func few(_ channels: Int) -> Int { min(channels, Graph.mostChannels) }
    let input = layers[position].inputs.first ?? 0
    switch layers[position].operation {
    case .conv2D(let filters, let window, let useBias, let activation):
      return .conv2D(filters: few(filters), window, useBias: useBias, activation)
    case .dense(let units, let useBias, let activation):
      return .dense(units: few(units), useBias: useBias, activation)
    case .averagePooling2D(let window)
    where outputShapes[input].prefix(2) == [window.size.height, window.size.width]:
      let shape = small.outputShapes[input]
      let whole = Size2D(height: shape[0], width: shape[1])
      return .averagePooling2D(Window(size: whole, strides: whole, padding: window.padding))
    case .reshape(let shape) where shape.count == 1:
      return .reshape([small.outputShapes[input].reduce(1, *)])
    case .reshape(let shape):
      return .reshape(shape.dropLast() + [small.outputShapes[input].last ?? 1])
    case let other: return other
    }
  }
}

extension FreezeMask {
  /// What is trained of the same weights in a network with fewer channels: a slice of channels becomes another one.
  func miniature(of graph: Graph) -> FreezeMask {
    channels.reduce(into: FreezeMask()) { mask, entry in
      guard let spec = graph.spec(of: entry.key) else { return }
      switch entry.value {
      case .channels where spec.channelCount > 2: mask[entry.key] = .channels([1..<spec.channelCount - 1])
      default: mask[entry.key] = .trainable
      }
    }
  }
}
