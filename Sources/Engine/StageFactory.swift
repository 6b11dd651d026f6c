import ModelGraph

/// Which operation runs a stage.
enum StageFactory {
  static func operation(
    _ stage: Stage, of pack: Pack, _ kernels: KernelCatalogue, passesGradientOn: Bool
  ) throws -> any StageOperation {
    switch stage.kind {
    case .conv2D(let geometry): try Conv2DStage(stage, geometry, of: pack, kernels)
    case .depthwiseConv2D(let geometry): try DepthwiseStage(stage, geometry, of: pack, kernels)
    case .pointwise: try PointwiseStage(stage, of: pack, kernels, passesGradientOn: passesGradientOn)
    case .averagePooling2D(let geometry): PoolingStage(stage, geometry, kernels)
    case .flatten: FlattenStage(stage, kernels)
    case .softmax:
      throw EngineError.unsupportedLayer(pack.graph.layers[stage.layer].name, why: "a softmax must come last")
    }
  }
}
