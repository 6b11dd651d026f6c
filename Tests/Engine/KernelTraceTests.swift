import Engine
import ModelGraph
import Testing

/// What a traced training step says of its kernels.
@Suite struct KernelTraceTests {
  @Test(arguments: KernelFamily.allCases, ["*", "*,-*_bn", "conv_pw_2,dense"])
  func theProductsAreThoseThatTheStepCosts(_ family: KernelFamily, _ mask: String) throws {
    let graph = try OddNetwork.evenSizes.graph()
    let pack = try OddNetwork.pack(graph, FreezeMask(parsing: mask, in: graph))
    let batch = Batch(graph, count: 3)
    let engine = try TestDevice.engine(pack, EngineOptions(batchSize: 3), family)
    let features = try batch.features(on: engine)
    let records = engine.records(features.raw, of: features)
    let runs = try engine.tracing {
      _ = try engine.queueTrainingStep(records, indices: [0, 1, 2], labels: batch.labels, learningRate: 0.01)
    }
    let products = runs.filter { $0.name.contains("conv2d") }.reduce(0) { $0 + $1.work.multiplyAdds }
    #expect(try products == 3 * TrainingCost(of: pack, batchSize: 3).stepMultiplyAdds)
    #expect(runs.allSatisfy { $0.launches > 0 && $0.seconds > 0 })
    // In training mode each batch-norm has statistics, for which its input is read where no kernel takes them on its way.
    let normalizations = graph.layers.filter {
      if case .batchNormalization = $0.operation { true } else { false }
    }
    func launches(_ name: String) -> Int? { runs.first { $0.name == name }?.launches }
    #expect(launches("channel_moments_totals") == (mask == "*" ? normalizations.count : nil))
    #expect(launches("channel_moments") == (mask == "*" ? family == .cpu ? 1 : normalizations.count : nil))
  }
}
