/// Which output channels of a weight are trained.
public enum ChannelMask: Sendable, Hashable {
  case frozen
  case trainable
  /// Some, but not all: sorted ranges that do not touch.
  case channels([Range<Int>])

  /// Trained channels among `count`.
  public func trainableCount(of count: Int) -> Int {
    switch self {
    case .frozen: 0
    case .trainable: count
    case .channels(let ranges): ranges.reduce(0) { $0 + $1.count }
    }
  }

  /// Whether each of `count` channels is trained.
  package func flags(of count: Int) -> [Bool] {
    var flags = [Bool](repeating: self == .trainable, count: count)
    if case .channels(let ranges) = self {
      for channel in ranges.joined() where channel < count { flags[channel] = true }
    }
    return flags
  }
}

/// Which weights of a network are trained, by output channel. What is not named is frozen.
public struct FreezeMask: Sendable, Hashable {
  /// Only masks other than `frozen`, so that equal masks are equal values.
  public private(set) var channels: [WeightID: ChannelMask] = [:]

  /// A mask that trains nothing.
  public init() {}

  /// What Keras would train of a network whose layers carry `trainable` flags.
  public init(trainableFlagsOf graph: Graph) {
    self.init()
    for id in graph.weightIDs where id.name.isTrainable && graph[id.layer]?.trainable == true {
      self[id] = .trainable
    }
  }

  public subscript(id: WeightID) -> ChannelMask {
    get { channels[id] ?? .frozen }
    set { channels[id] = newValue == .frozen ? nil : newValue }
  }

  /// Whether anything of the layer is trained.
  public func trains(layer: String) -> Bool { channels.keys.contains { $0.layer == layer } }

  /// Parameters of `graph` that are trained.
  public func trainableParameterCount(in graph: Graph) -> Int {
    channels.reduce(0) { sum, entry in
      guard let spec = graph.spec(of: entry.key) else { return sum }
      return sum + spec.elementCount / spec.channelCount * entry.value.trainableCount(of: spec.channelCount)
    }
  }

  /// What is trained unless the user says otherwise: the last pointwise convolution, and the classifier.
  ///
  /// That is every weight of the feature extractor's last convolution (`conv_pw_13`), and of the `Dense` layers and
  /// convolutions behind it: `dense`, or Keras's own `conv_preds`.
  public static func `default`(for graph: Graph) -> FreezeMask {
    var mask = FreezeMask()
    let last = graph.lastFeatureConvolution
    for (position, (layer, specs)) in zip(graph.layers, graph.weightSpecs).enumerated() {
      let isTrained =
        switch layer.operation {
        case .dense: true
        case .conv2D, .depthwiseConv2D: last.map { position >= $0 } ?? false
        default: false
        }
      for spec in specs where isTrained && spec.name.isTrainable {
        mask[WeightID(layer: layer.name, name: spec.name)] = .trainable
      }
    }
    return mask
  }
}
