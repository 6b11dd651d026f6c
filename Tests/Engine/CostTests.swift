import Engine
import ModelGraph
import Testing

/// What a mask costs, against figures worked out by hand for MobileNet V1 1.0/224.
@Suite struct CostTests {
  /// With the classifier of the transfer-learning model: average pooling, flatten, dense(5), softmax.
  private static func pack(_ mask: String) throws -> Pack {
    let graph = try MobileNetV1(alpha: 1, inputSize: 224).graph()
    let model = try Model(graph: graph, weights: graph.madeUpWeights(seed: 3)).withHead(classes: 5, seed: 1)
    return try OddNetwork.pack(model.graph, FreezeMask(parsing: mask, in: model.graph))
  }

  /// conv_pw_13 is 7 · 7 pixels of 1024 × 1024 channels, the dense layer 1024 × 5.
  private static let pointwise = 49 * 1024 * 1024
  private static let dense = 1024 * 5

  @Test func theDefaultMaskRunsItsLastLayersForwardAndBackward() throws {
    let cost = try TrainingCost(of: Self.pack("conv_pw_13,dense"), batchSize: 163)
    #expect(cost.trainableParameters == 1_053_701)
    // Forward, and the kernel's gradient; the dense layer's input has a gradient, too.
    #expect(cost.stepMultiplyAdds == 2 * Self.pointwise + 3 * Self.dense)
    #expect(cost.frozenMultiplyAdds / 1_000_000 == 516)
    #expect(cost.deepestTrainedLayer == "conv_pw_13")
    #expect(cost.memory.microBatch == 163)
  }

  @Test func aQuarterOfTheChannelsHasAQuarterOfTheGradient() throws {
    let cost = try TrainingCost(of: Self.pack("conv_pw_13[256:512]"), batchSize: 163)
    #expect(cost.stepMultiplyAdds == Self.pointwise * 5 / 4 + 2 * Self.dense)
  }

  @Test func backPropagationStopsAtTheDeepestTrainedLayer() throws {
    for (mask, layer) in [
      ("dense:bias", "dense"), ("conv_pw_13_bn:beta", "conv_pw_13_bn"),
      ("conv_dw_7:depthwise_kernel", "conv_dw_7"),
      ("*", "conv1"), ("conv_pw_3,dense", "conv_pw_3"),
    ] {
      #expect(try TrainingCost(of: Self.pack(mask), batchSize: 1).deepestTrainedLayer == layer)
    }
  }

  /// The whole network once forward, once for the kernels, once for the inputs, but that of the first layer.
  @Test func everythingCostsThreeForwardPassesLessOne() throws {
    let everything = try TrainingCost(of: Self.pack("*"), batchSize: 32)
    let nothing = try TrainingCost(of: Self.pack("none"), batchSize: 32)
    let first = 112 * 112 * 27 * 32
    #expect(everything.stepMultiplyAdds == 3 * nothing.frozenMultiplyAdds - first)
    #expect(everything.frozenMultiplyAdds == 0)
    #expect(nothing.deepestTrainedLayer == nil)
  }

  @Test(arguments: ["conv_pw_13,dense", "*,-*_bn", "*"], [40, 64, 200, 1000])
  func aLimitIsKept(_ mask: String, _ megabytes: Int) throws {
    let pack = try Self.pack(mask)
    let limit = megabytes * 1_000_000
    let limited = Result { try TrainingCost(of: pack, batchSize: 163, memoryLimit: limit) }
    switch limited {
    case .success(let cost):
      #expect(cost.memory.need.total <= limit)
      #expect((1...163).contains(cost.memory.microBatch))
    case .failure(let error):
      guard case .overMemoryLimit(let least)? = error as? EngineError else { throw error }
      #expect(least > limit)
      #expect(try TrainingCost(of: pack, batchSize: 163, memoryLimit: least).memory.need.total == least)
    }
  }
}
