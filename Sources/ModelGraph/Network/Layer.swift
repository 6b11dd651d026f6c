/// A node of a network: a named operation and the layers whose outputs it takes.
public struct Layer: Sendable, Hashable {
  public var name: String
  public var operation: Operation
  /// Positions of the input layers in the graph; each before this layer's own.
  public var inputs: [Int]
  /// Keras's `trainable` flag, as the author of the network left it. What is trained is up to a `FreezeMask`.
  public var trainable: Bool

  public init(name: String, operation: Operation, inputs: [Int], trainable: Bool = true) {
    self.name = name
    self.operation = operation
    self.inputs = inputs
    self.trainable = trainable
  }
}
