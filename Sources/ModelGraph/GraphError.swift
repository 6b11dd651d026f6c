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
    }
  }
}
