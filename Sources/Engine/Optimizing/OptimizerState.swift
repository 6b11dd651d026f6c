public import ModelGraph

/// What an optimizer remembers between updates.
public struct OptimizerState: Sendable {
  /// Updates so far.
  public var iterations: Int
  /// Momentums and mean squares of each trained weight, in Keras's shapes.
  public var slots: [WeightID: [Tensor]]

  public init(iterations: Int, slots: [WeightID: [Tensor]]) {
    self.iterations = iterations
    self.slots = slots
  }
}
