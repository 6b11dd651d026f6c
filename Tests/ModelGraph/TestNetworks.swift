import ModelGraph

/// Small networks that the tests of this folder share.
enum TestNetworks {
  static let window3x3 = Window(size: Size2D(square: 3), strides: Size2D(square: 1), padding: .same)
  static let window1x1 = Window(size: Size2D(square: 1), strides: Size2D(square: 1), padding: .same)

  /// input [4, 4, 2] → conv 3×3 to 3 → bn → depthwise ×2 → bn → pointwise to 5 → bn → flatten → dense 2.
  static func small(epsilon: Double = 1e-3) throws(GraphError) -> Graph {
    let normalization = Operation.batchNormalization(BatchNormalization(epsilon: epsilon))
    return try chain([
      ("input", .input([4, 4, 2])),
      ("conv", .conv2D(filters: 3, window3x3, useBias: true, .linear)),
      ("conv_bn", normalization),
      ("conv_dw", .depthwiseConv2D(multiplier: 2, window3x3, useBias: false, .linear)),
      ("conv_dw_bn", normalization),
      ("conv_pw", .conv2D(filters: 5, window1x1, useBias: false, .linear)),
      ("conv_pw_bn", normalization),
      ("flatten", .flatten),
      ("dense", .dense(units: 2, useBias: true, .linear)),
      ("softmax", .softmax),
    ])
  }

  /// input [1, 1, channels] → pointwise convolution to `filters` → bn.
  static func pointwise(channels: Int, filters: Int, epsilon: Double = 1e-3) throws(GraphError) -> Graph {
    try chain([
      ("input", .input([1, 1, channels])),
      ("conv", .conv2D(filters: filters, window1x1, useBias: false, .linear)),
      ("bn", .batchNormalization(BatchNormalization(epsilon: epsilon))),
    ])
  }

  static func chain(_ layers: [(name: String, operation: Operation)]) throws(GraphError) -> Graph {
    try Graph(
      name: "test",
      layers: layers.enumerated().map { index, layer in
        Layer(name: layer.name, operation: layer.operation, inputs: index == 0 ? [] : [index - 1])
      })
  }
}

let noProvenance = Provenance(sourceName: "test.h5", sourceDigest: "", toolVersion: "0")

extension WeightID {
  /// `conv1/kernel`, as it is printed.
  init(_ text: String) {
    let parts = text.split(separator: "/").map(String.init)
    self.init(layer: parts[0], name: WeightName(rawValue: parts[1]) ?? .kernel)
  }
}
