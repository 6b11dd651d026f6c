public import ModelGraph

/// What a freeze mask costs, known before anything runs.
public struct TrainingCost: Sendable, Hashable {
  public let trainableParameters: Int
  /// Multiply-adds of one image through the frozen layers, once.
  public let frozenMultiplyAdds: Int
  /// Multiply-adds of one image in a training step: forward and backward through what is trained and all after it.
  public let stepMultiplyAdds: Int
  /// The layer at which back-propagation stops: the deepest of which anything is trained; nil where nothing is.
  public let deepestTrainedLayer: String?
  /// The first layer that runs in every step; what comes before it runs once an image. nil where nothing does.
  public let firstRepeatedLayer: String?
  /// How the run is cut, and what it takes.
  public let memory: MemoryPlan

  /// - Parameters:
  ///   - memoryLimit: Bytes; nil for as much as there is.
  ///   - family: The kernels that would run.
  /// - Throws: ``EngineError`` where the network or its mask cannot run, or not within the limit.
  public init(
    of pack: Pack, batchSize: Int, optimizer: Optimizer = Optimizer(), memoryLimit: Int? = nil,
    kernels family: KernelFamily = .cpu
  ) throws(EngineError) {
    let plan = try Plan(pack, family)
    let graph = pack.graph
    trainableParameters = pack.mask.trainableParameterCount(in: graph)
    frozenMultiplyAdds = plan.stages.prefix(plan.cut).reduce(0) { $0 + $1.multiplyAdds }
    stepMultiplyAdds = plan.tail.enumerated().reduce(0) { sum, entry in
      sum + plan.stepMultiplyAdds(ofStage: plan.cut + entry.offset, pack)
    }
    deepestTrainedLayer = plan.firstTrained.map { graph.layers[plan.stages[$0].layer].name }
    firstRepeatedLayer = plan.tail.first.map { graph.layers[$0.layer].name }
    memory = try MemoryPlan(pack, plan, optimizer, batchSize: batchSize, family, limit: memoryLimit)
  }
}

extension Plan {
  /// Forward, the gradient of the kernel's trained blocks of channels, and that of the input where it is wanted.
  fileprivate func stepMultiplyAdds(ofStage index: Int, _ pack: Pack) -> Int {
    let stage = stages[index]
    var total = stage.multiplyAdds
    guard let firstTrained, index >= firstTrained else { return total }
    if index > firstTrained { total += stage.multiplyAdds }
    let layer = pack.graph.layers[stage.layer].name
    let kernels = [WeightName.kernel, .depthwiseKernel].map { pack.mask[WeightID(layer: layer, name: $0)] }
    let matrix = BlockedMatrix(rows: 1, channels: stage.outputShape.channels)
    let trained = kernels.map { matrix.trainedBlocks($0).count }.max() ?? 0
    return total + stage.multiplyAdds / matrix.blocks * trained
  }
}
