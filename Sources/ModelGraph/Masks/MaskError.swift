/// Why a mask expression does not say what to train. `term` is the part of the expression that is at fault.
public enum MaskError: Error, Hashable, CustomStringConvertible {
  /// Nothing between two commas, or nothing at all.
  case emptyTerm
  /// `none` beside other terms.
  case noneAmongOthers
  case noSuchLayer(term: String, nearest: [String])
  /// The range's ends stand in the other order.
  case backwards(term: String)
  case noSuchTensor(term: String, name: String)
  /// The layers are there, but have nothing of what the term names.
  case nothingToTrain(term: String, why: String)
  case badSlice(term: String)
  case sliceTooLong(term: String, weight: WeightID, channels: Int)

  public var description: String {
    switch self {
    case .emptyTerm: "the mask has an empty term; to train nothing, say none"
    case .noneAmongOthers: "the mask says none beside other terms; none stands alone"
    case .noSuchLayer(let term, let nearest):
      "mask term '\(term)' matches no layer; nearest: \(nearest.joined(separator: ", "))"
    case .backwards(let term): "mask term '\(term)': the second layer stands before the first; swap them"
    case .noSuchTensor(let term, let name):
      "mask term '\(term)': there is no tensor '\(name)'; one of kernel, depthwise_kernel, bias, gamma, beta"
    case .nothingToTrain(let term, let why): "mask term '\(term)' matches nothing to train: \(why)"
    case .badSlice(let term): "mask term '\(term)': a slice is [from:to] with 0 <= from < to"
    case .sliceTooLong(let term, let weight, let channels):
      "mask term '\(term)': '\(weight)' has \(channels) output channels; end the slice at \(channels)"
    }
  }
}
