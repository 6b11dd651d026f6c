import ModelGraph
import OpenCL

/// Which operation runs a stage.
enum StageFactory {
  /// Frozen stages, each of which reads the one before it, by the operations that run them.
  ///
  /// - Parameter chains: Whether one operation may compute several pairs of convolutions, where the device allows it.
  static func groups(
    of stages: ArraySlice<Stage>, _ kernels: KernelCatalogue, chains: Bool
  ) -> [FrozenGroup] {
    Plan.groups(
      of: stages, kernels.family, kernels.variant.frozenActivations,
      chains: chains && kernels.device.info.isProcessor)
  }

  /// The operation of the stages of one of the ``groups(of:_:chains:)``.
  static func frozen(
    _ stages: [Stage], of pack: Pack, _ kernels: KernelCatalogue
  ) throws -> any ForwardOperation {
    stages.count > 1
      ? try DepthwisePointwiseChain(stages, of: pack, kernels)
      : try operation(stages, of: pack, kernels, microBatch: 1, passesGradientOn: false)
  }

  /// The operation of a unit of a plan.
  ///
  /// - Parameters:
  ///   - unit: A stage, or a batch-norm in training mode and the convolution that reads it.
  ///   - microBatch: The most images of one pass in training.
  ///   - passesGradientOn: Whether a stage before the unit is trained.
  static func operation(
    _ unit: [Stage], of pack: Pack, _ kernels: KernelCatalogue, microBatch: Int, passesGradientOn: Bool
  ) throws -> any StageOperation {
    if unit.count == 2, case .batchNormalization(let settings) = unit[0].kind {
      let normalization = try TrainedNormalization(
        unit[0], settings, of: pack, kernels, microBatch: microBatch)
      guard case .depthwiseConv2D(let geometry) = unit[1].kind else {
        return try NormalizedPointwiseStage(normalization, unit[1], of: pack, kernels, microBatch: microBatch)
      }
      return try NormalizedDepthwiseStage(
        normalization, unit[1], geometry, of: pack, kernels, microBatch: microBatch)
    }
    return try operation(
      unit[0], of: pack, kernels, microBatch: microBatch, passesGradientOn: passesGradientOn)
  }

  private static func operation(
    _ stage: Stage, of pack: Pack, _ kernels: KernelCatalogue, microBatch: Int, passesGradientOn: Bool
  ) throws -> any StageOperation {
    switch stage.kind {
    case .conv2D(let geometry):
      try Conv2DStage(stage, geometry, of: pack, kernels, microBatch: microBatch)
    case .depthwiseConv2D(let geometry):
      try DepthwiseStage(stage, geometry, of: pack, kernels, microBatch: microBatch)
    case .repeatChannels(let multiplier): RepeatStage(stage, multiplier: multiplier, kernels)
    case .pointwise:
      try PointwiseStage(
        stage, of: pack, kernels, microBatch: microBatch, passesGradientOn: passesGradientOn)
    case .pooledPointwise:
      try PooledPointwiseStage(stage, of: pack, kernels, microBatch: microBatch)
    case .batchNormalization(let settings):
      try BatchNormalizationStage(
        stage, settings, of: pack, kernels, microBatch: microBatch, passesGradientOn: passesGradientOn)
    case .averagePooling2D(let geometry): PoolingStage(stage, geometry, kernels)
    case .dropout(let rate): DropoutStage(stage, rate: rate, kernels)
    case .flatten: FlattenStage(stage, kernels)
    case .softmax:
      preconditionFailure("a softmax comes last, see Plan: the loss and the host do what it says")
    }
  }
}
