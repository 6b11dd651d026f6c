internal import ModelGraph

/// What makes a network a MobileNet V1, whatever its layers are called: a convolution and thirteen pairs of a
/// depthwise and a pointwise one, in a chain.
struct MobileNetStructure {
  /// Position behind the last layer of the feature extractor.
  let end: Int

  /// - Throws: `notMobileNet` for the first layer with weights that is not the one that has to come.
  init(of graph: Graph) throws(KerasFileError.Problem) {
    var walk = Walk(graph: graph)
    try walk.pass("Conv2D") { if case .conv2D = $0 { true } else { false } }
    for _ in 0..<MobileNetV1.blockCount {
      try walk.pass("DepthwiseConv2D") { if case .depthwiseConv2D = $0 { true } else { false } }
      try walk.pass("Conv2D") { if case .conv2D = $0 { true } else { false } }
    }
    end = walk.position
  }

  /// Goes along the chain, a convolution with its batch-norm and activation at a time.
  private struct Walk {
    let graph: Graph
    var position = 0

    mutating func pass(
      _ className: String, _ isExpected: (Operation) -> Bool
    ) throws(KerasFileError.Problem) {
      while position < graph.layers.count, graph.weightSpecs[position].isEmpty { position += 1 }
      guard position < graph.layers.count else {
        throw .notMobileNet("it ends where a layer of class \(className) is expected")
      }
      let layer = graph.layers[position]
      guard isExpected(layer.operation) else {
        throw .notMobileNet(
          "layer '\(layer.name)' is of class \(layer.operation.className), where \(className) is expected")
      }
      position += 1
      pass { if case .batchNormalization = $0 { true } else { false } }
      pass { if case .relu = $0 { true } else { false } }
    }

    private mutating func pass(_ isOptional: (Operation) -> Bool) {
      guard position < graph.layers.count, isOptional(graph.layers[position].operation) else { return }
      position += 1
    }
  }
}
