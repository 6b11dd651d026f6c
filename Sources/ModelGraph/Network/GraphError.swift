/// Why layers and weights do not make a network. The layer is named as the file names it.
public enum GraphError: Error, Hashable, CustomStringConvertible {
  case empty
  case duplicateLayer(String)
  case badInputs(layer: String, why: String)
  case badShape(layer: String, input: Shape, why: String)
  case tooLarge(layer: String)
  case missingWeight(WeightID, expected: Shape)
  case misshapenWeight(WeightID, expected: Shape, found: Shape)
  case unknownWeight(WeightID)
  case unsupportedDType(WeightID, found: DType)
  case badConfiguration(layer: String, why: String)
  /// A batch-norm whose variance + epsilon has no positive square root.
  case badVariance(layer: String, channel: Int, variancePlusEpsilon: Double)
  case badMask(WeightID, why: String)
  case labelCount(labels: Int, outputs: Int)
  /// A convolution that the mask leaves folded has no correction.
  case missingCorrection(layer: String)
  /// A correction for what is no folded convolution.
  case unexpectedCorrection(layer: String)
  case badCorrection(layer: String, why: String)
  /// A weight is kept in a form in which it cannot be.
  case badForm(WeightID, why: String)

  public var description: String {
    switch self {
    case .empty: "the network has no layers"
    case .duplicateLayer(let name): "two layers are named '\(name)'"
    case .badInputs(let layer, let why): "layer '\(layer)': \(why)"
    case .badShape(let layer, let input, let why): "layer '\(layer)' on input \(input): \(why)"
    case .tooLarge(let layer): "layer '\(layer)' is larger than mlpack handles (2^31 elements)"
    case .missingWeight(let id, let expected): "weight '\(id)' is missing; expected shape \(expected)"
    case .misshapenWeight(let id, let expected, let found):
      "weight '\(id)' has shape \(found); expected \(expected)"
    case .unknownWeight(let id): "weight '\(id)' belongs to no layer of the network"
    case .unsupportedDType(let id, let found): "weight '\(id)' is \(found.rawValue); only float32 can be used"
    case .badConfiguration(let layer, let why): "layer '\(layer)': \(why)"
    case .badVariance(let layer, let channel, let sum):
      "layer '\(layer)', channel \(channel): moving_variance + epsilon is \(sum); expected a positive number"
    case .badMask(let id, let why): "the freeze mask of '\(id)' \(why)"
    case .labelCount(let labels, let outputs): "\(labels) labels for a network with \(outputs) outputs"
    case .missingCorrection(let layer): "folded convolution '\(layer)' has no correction to unfold it with"
    case .unexpectedCorrection(let layer): "a correction for '\(layer)', which is not a folded convolution"
    case .badCorrection(let layer, let why): "the correction of folded convolution '\(layer)' \(why)"
    case .badForm(let id, let why): "weight '\(id)' \(why)"
    }
  }
}
