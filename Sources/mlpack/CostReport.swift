import Engine
import ModelGraph

/// What `freeze --dry-run` tells.
struct CostReport {
  private let cost: TrainingCost
  private let mask: String
  private let parameters: Int
  private let batchSize: Int

  init(_ cost: TrainingCost, of pack: Pack, batchSize: Int) {
    self.cost = cost
    self.batchSize = batchSize
    mask = pack.mask.summary(in: pack.graph)
    parameters = pack.graph.parameterCount
  }

  private var need: MemoryNeed { cost.memory.need }

  var text: String {
    let repeated = cost.firstRepeatedLayer.map { "once an image, up to '\($0)'" } ?? "once an image"
    let rows = [
      ("trains", "\(mask): \(grouped(cost.trainableParameters)) of \(counted(parameters, "parameter"))"),
      ("back-propagation", cost.deepestTrainedLayer.map { "stops at '\($0)'" } ?? "none"),
      (
        "an update",
        "\(million(cost.stepMultiplyAdds * batchSize)) multiply-adds; \(million(cost.stepMultiplyAdds)) an image"
      ),
      ("frozen layers", "\(million(cost.frozenMultiplyAdds)) multiply-adds, \(repeated)"),
      ("memory", "\(byteSize(need.total)) at \(batchSize) images an update, besides the device's driver"),
      ("", "weights \(byteSize(need.weights)), gradients and optimizer \(byteSize(need.gradients)),"),
      (
        "",
        "activations \(byteSize(need.activations)), frozen layers \(byteSize(need.frozenLayers)), images \(byteSize(need.images))"
      ),
    ]
    return rows.map { aligned($0.0, $0.1, width: 18) }.joined()
  }

  var json: JSON {
    .object([
      ("mask", .string(mask)), ("parameters", .integer(parameters)),
      ("trainableParameters", .integer(cost.trainableParameters)),
      ("backPropagationStopsAt", .optional(cost.deepestTrainedLayer)),
      ("firstRepeatedLayer", .optional(cost.firstRepeatedLayer)), ("batchSize", .integer(batchSize)),
      ("multiplyAddsPerUpdate", .integer(cost.stepMultiplyAdds * batchSize)),
      ("multiplyAddsPerImage", .integer(cost.stepMultiplyAdds)),
      ("frozenMultiplyAddsPerImage", .integer(cost.frozenMultiplyAdds)),
      (
        "memory",
        .object([
          ("total", .integer(need.total)), ("weights", .integer(need.weights)),
          ("gradients", .integer(need.gradients)), ("activations", .integer(need.activations)),
          ("frozenLayers", .integer(need.frozenLayers)), ("images", .integer(need.images)),
        ])
      ),
    ])
  }

  private func million(_ count: Int) -> String {
    count < 1_000_000_000_000
      ? "\(grouped((count + 500_000) / 1_000_000)) million" : "\(grouped(count / 1_000_000_000)) billion"
  }
}
