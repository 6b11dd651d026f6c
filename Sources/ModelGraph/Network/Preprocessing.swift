/// How the pixels of an image, 0 to 255, become the network's input: x / divisor + offset.
public struct Preprocessing: Sendable, Hashable {
  public var divisor: Float
  public var offset: Float

  public init(divisor: Float, offset: Float) {
    self.divisor = divisor
    self.offset = offset
  }

  /// `keras.applications.mobilenet.preprocess_input`: x / 127.5 − 1.
  public static let mobileNet = Preprocessing(divisor: 127.5, offset: -1)

  /// The pixels as they are, for a network that has its preprocessing inside.
  public static let none = Preprocessing(divisor: 1, offset: 0)

  /// This and then x · scale + offset.
  func followed(byScale scale: Double, offset: Double) -> Preprocessing {
    Preprocessing(
      divisor: Float(Double(divisor) / scale), offset: Float(Double(self.offset) * scale + offset))
  }
}

extension Graph {
  /// Positions of the `Rescaling` layers that stand between the input and all else.
  var leadingRescalings: Range<Int> {
    let first =
      layers.firstIndex { if case .input = $0.operation { true } else { false } }.map { $0 + 1 } ?? 0
    let last = layers[first...].firstIndex { layer in
      if case .rescaling(let scale, _) = layer.operation, scale != 0 { false } else { true }
    }
    return first..<(last ?? layers.count)
  }

  /// Whether the network itself turns pixels into what its convolutions were trained on.
  public var rescalesItsInput: Bool { !leadingRescalings.isEmpty }
}

extension Pack {
  /// What a device is given: the pack's preprocessing and the `Rescaling` layers behind the input in one step.
  public var inputPreprocessing: Preprocessing {
    graph.leadingRescalings.reduce(preprocessing) { preprocessing, position in
      guard case .rescaling(let scale, let offset) = graph.layers[position].operation else {
        return preprocessing
      }
      return preprocessing.followed(byScale: scale, offset: offset)
    }
  }
}
