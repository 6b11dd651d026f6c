internal import ModelGraph

/// The layers that make a network a MobileNet V1, under Keras's names.
enum MobileNetNames {
  private static let blocks = 1...13

  /// The convolutions whose filters are the widths of the network: conv1 and the pointwise ones.
  static let widthConvolutions = ["conv1"] + blocks.map { "conv_pw_\($0)" }
  private static let depthwiseConvolutions = blocks.map { "conv_dw_\($0)" }

  /// All layers of the network that have weights, the classifier apart.
  static let weighted: Set<String> = {
    let convolutions = widthConvolutions + depthwiseConvolutions
    return Set(convolutions + convolutions.map { $0 + "_bn" })
  }()

  /// - Throws: `notMobileNet` where `graph` lacks one of the layers, or has another of its name.
  static func check(_ graph: Graph) throws(KerasFileError.Problem) {
    for name in widthConvolutions {
      guard case .conv2D? = graph[name]?.operation else { throw missing(name, "Conv2D") }
      try checkNormalization(of: name, in: graph)
    }
    for name in depthwiseConvolutions {
      guard case .depthwiseConv2D? = graph[name]?.operation else { throw missing(name, "DepthwiseConv2D") }
      try checkNormalization(of: name, in: graph)
    }
  }

  private static func checkNormalization(of name: String, in graph: Graph) throws(KerasFileError.Problem) {
    guard case .batchNormalization? = graph[name + "_bn"]?.operation else {
      throw missing(name + "_bn", "BatchNormalization")
    }
  }

  private static func missing(_ name: String, _ className: String) -> KerasFileError.Problem {
    .notMobileNet("it has no layer '\(name)' of class \(className)")
  }
}
