/// A batch-norm in training mode with its ReLU, and a convolution that reads it, computed as one.
protocol NormalizedStage: StatisticsTaker {
  var normalization: TrainedNormalization { get }
  /// The convolution's.
  var kernel: Parameter { get }
  var epilogue: Epilogue { get }
}

extension NormalizedStage {
  var parameters: [Parameter] {
    normalization.parameters + [kernel, epilogue.bias].compactMap { $0 }.filter { $0.training != nil }
  }
  var leadingNormalization: TrainedNormalization? { normalization }
  var statistics: [Parameter] { normalization.statistics }
  var forwardPasses: Int { normalization.forwardPasses }
  /// Gradients of all weights and that of what is between the two, gradient of the input.
  var backwardPasses: Int { 2 }
}
