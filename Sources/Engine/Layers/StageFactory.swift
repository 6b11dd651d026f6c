import ModelGraph

/// Which operation runs a stage.
enum StageFactory {
  /// - Parameters:
  ///   - microBatch: The most images of one pass in training.
  ///   - passesGradientOn: Whether a stage before this one is trained.
  static func operation(
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
    case .batchNormalization(let settings):
      try BatchNormalizationStage(
        stage, settings, of: pack, kernels, microBatch: microBatch, passesGradientOn: passesGradientOn)
    case .averagePooling2D(let geometry): PoolingStage(stage, geometry, kernels)
    case .dropout(let rate): DropoutStage(stage, rate: rate, kernels)
    case .flatten: FlattenStage(stage, kernels)
    case .softmax:
      throw EngineError.unsupportedLayer(pack.graph.layers[stage.layer].name, why: "a softmax must come last")
    }
  }
}
