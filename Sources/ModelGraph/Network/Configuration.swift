/// That the numbers of a layer's configuration are ones that Keras computes with.
enum Configuration {
  static func check(_ layer: Layer) throws(GraphError) {
    func require(_ condition: Bool, _ why: String) throws(GraphError) {
      guard condition else { throw .badConfiguration(layer: layer.name, why: why) }
    }
    switch layer.operation {
    case .rescaling(let scale, let offset):
      let areNumbers = scale.isFinite && offset.isFinite
      try require(areNumbers, "scale \(scale) and offset \(offset) are not finite numbers")
    case .batchNormalization(let normalization):
      let epsilon = normalization.epsilon
      try require(isPlain(epsilon), "epsilon \(epsilon) is not a finite number from 0 on")
      let momentum = normalization.momentum
      try require(isPlain(momentum) && momentum <= 1, "momentum \(momentum) is not between 0 and 1")
    case .relu(let maxValue?):
      try require(isPlain(Double(maxValue)), "max_value \(maxValue) is not a finite number from 0 on")
    case .dropout(let rate):
      try require(isPlain(rate) && rate <= 1, "rate \(rate) is not between 0 and 1")
    default:
      break
    }
  }

  /// Finite and not negative, nor the zero with a sign.
  private static func isPlain(_ value: Double) -> Bool { value.isFinite && value.sign == .plus }
}
