package import ModelGraph
import SystemFiles

extension Engine {
  /// Lets `kernels` know what engines of these packs are going to run; see ``KernelCatalogue/foresee(_:)``.
  package static func foresee(_ packs: [Pack], _ options: EngineOptions, _ kernels: KernelCatalogue) {
    kernels.foresee { rehearsing in
      var options = options
      options.batchSize = 1
      for pack in packs { try Engine(pack, options, kernels: rehearsing).rehearse() }
    }
  }

  /// Does once with an image what a run does with many: features, a training step where anything is trained, an evaluation,
  /// and the search for numbers that are not finite. Results mean nothing.
  private func rehearse() throws {
    let image = [Float](repeating: 0, count: imageCount)
    let memory = try LargePages(count: featureBytes)
    try image.withUnsafeBufferPointer { image in
      guard let image = image.baseAddress, let record = memory.bytes.baseAddress else { return }
      try computeFeatures(of: image, count: 1, into: record)
    }
    let records = records(UnsafeRawBufferPointer(memory.bytes), of: memory)
    let indices = [0][...]
    if isTrained {
      _ = try queueTrainingStep(records, indices: indices, labels: [0], learningRate: 0)
      _ = try firstNotFinite(records, indices: indices)
    }
    _ = try queueEvaluation(records, indices: indices, labels: [0])
    _ = try probabilities(records, indices: indices)
  }
}
