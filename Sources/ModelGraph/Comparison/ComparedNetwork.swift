/// One of the two networks of a comparison, with what its file says about it.
public struct ComparedNetwork: Sendable {
  /// What a file says of its network besides the weights.
  public enum Source: Sendable, Hashable {
    /// A pack: its mask tells what is trained, and it states the structure and the preprocessing.
    case pack(FreezeMask)
    /// A file with Keras's configuration: the layers' `trainable` flags tell what is trained, and it states the
    /// structure.
    case configured
    /// Weights alone: the structure was concluded from them, and nothing tells what is trained.
    case weightsAlone
  }

  /// Unfolded, with each weight in the type that its file has.
  public let model: Model
  public let source: Source
  /// Of the weights that the file keeps in fewer bits than they had; `model` holds what came back from those.
  public let reductions: [WeightID: StoredReduction]

  public init(_ model: Model, _ source: Source, reductions: [WeightID: StoredReduction] = [:]) {
    self.model = model
    self.source = source
    self.reductions = reductions
  }
}

/// How a file keeps a weight in fewer bits than it had, so that a comparison can do the same to another file's.
public struct StoredReduction: Sendable {
  /// Of the precision, as a person knows it: `float16`, `int8`.
  public let name: String
  /// The numbers as the file stores them, in `float32`; of a folded convolution the folded kernel.
  public let stored: Tensor
  /// Whether the weight was folded by its batch-norm before it was reduced.
  public let isFolded: Bool
  /// The largest distance between an element of the weight in `model` and what it was before.
  public let error: Float
  /// Brings a `float32` tensor of the weight's shape to this precision and back to `float32`.
  public let reduce: @Sendable (Tensor) -> Tensor

  public init(
    name: String, stored: Tensor, isFolded: Bool, error: Float, reduce: @escaping @Sendable (Tensor) -> Tensor
  ) {
    self.name = name
    self.stored = stored
    self.isFolded = isFolded
    self.error = error
    self.reduce = reduce
  }
}
