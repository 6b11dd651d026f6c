/// What became of one tensor between two networks.
public struct TensorComparison: Sendable, Hashable {
  public enum Status: Sendable, Hashable {
    /// The same bits in the same type.
    case identical
    /// Different bits, that differ only as a precision makes them.
    case explained(Explanation)
    /// Different, in channels that were to be trained alone.
    case trained
    /// Different, though frozen.
    case changed
    /// Different, and no file says whether it was to be trained.
    case differs
    /// Of another shape in B.
    case shape(inB: Shape)
  }

  /// As network A names it.
  public let id: WeightID
  public let idInB: WeightID
  public let shape: Shape
  public let status: Status
  /// nil where there is none: another shape, or a batch-norm that cannot be computed.
  public let distance: TensorDistance?
  /// Whether one network's convolution and batch-norm were folded for the comparison, as the other has only the
  /// folded kernel and bias. `id` is then the convolution's weight, even where its network has no such bias.
  public let isFolded: Bool
}

/// Why two networks may be the same although the bits of a tensor differ.
public enum Explanation: Sendable, Hashable {
  /// One tensor is the other, rounded to a narrower type.
  case rounded(from: DType, to: DType)
  /// Both are within half a last place of one number, each in its own type.
  case bothRounded(DType, DType)
  /// One file keeps the other's tensor in a precision of this name.
  case reduced(String)
  /// Both files keep it in a reduced precision, and are no further apart than their errors allow.
  case bothReduced(String, String)
  /// One network was folded in single precision.
  case folded

  /// The precision within which the tensors are the same.
  public var precision: String {
    switch self {
    case .rounded(_, let narrow): narrow.rawValue
    case .bothRounded(let a, let b): "\(a.rawValue) and \(b.rawValue)"
    case .reduced(let name): name
    case .bothReduced(let a, let b): a == b ? a : "\(a) and \(b)"
    case .folded: "float32 folding"
    }
  }
}

extension Explanation: CustomStringConvertible {
  public var description: String {
    switch self {
    case .rounded(let wide, let narrow): "rounded from \(wide.rawValue) to \(narrow.rawValue)"
    case .bothRounded(let a, let b): "rounded to \(a.rawValue) and to \(b.rawValue)"
    case .reduced(let name): "reduced to \(name)"
    case .bothReduced(let a, let b): "reduced to \(a) and to \(b)"
    case .folded: "rounded by a fold in float32"
    }
  }
}
