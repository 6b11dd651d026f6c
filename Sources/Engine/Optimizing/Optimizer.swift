/// A rule of Keras's `keras.optimizers`, with its arguments.
public struct Optimizer: Sendable, Hashable, Codable {
  public enum Rule: Sendable, Hashable, Codable {
    /// `SGD`: w ← w − rate · g, or with momentum m ← momentum · m − rate · g, w ← w + m.
    case sgd(momentum: Float = 0, nesterov: Bool = false)
    /// `Adam`, and with a weight decay `AdamW`. Kingma and Ba, "Adam", 2015.
    case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Float = 1e-7)
    /// `RMSprop`: g over the root of its mean square.
    case rmsprop(rho: Double = 0.9, momentum: Float = 0, epsilon: Float = 1e-7)

    /// Values that are remembered of each weight.
    var slotCount: Int {
      switch self {
      case .sgd(let momentum, _): momentum == 0 ? 0 : 1
      case .adam, .rmsprop: 2
      }
    }
  }

  /// What is done to gradients that are large. Keras takes one of them.
  public enum Clipping: Sendable, Hashable, Codable {
    /// `clipvalue`: each element into [−limit, limit].
    case value(Float)
    /// `clipnorm`: each weight's gradient to a norm of at most the limit.
    case norm(Float)
    /// `global_clipnorm`: the same for all gradients as one vector.
    case globalNorm(Float)
  }

  public var rule: Rule
  /// `weight_decay`: before each update w shrinks by rate · weightDecay of itself.
  public var weightDecay: Float
  public var clipping: Clipping?

  public init(_ rule: Rule = .sgd(), weightDecay: Float = 0, clipping: Clipping? = nil) {
    self.rule = rule
    self.weightDecay = weightDecay
    self.clipping = clipping
  }
}
