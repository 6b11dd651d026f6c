import ModelGraph

/// Expressions of freeze masks, as they come from a command line or a script.
struct MaskTarget: FuzzTarget {
  static let name = "mask"

  private let graph: Graph

  init() {
    guard let whole = try? MobileNetV1.graph(alpha: 0.25, inputSize: 32),
      let graph = try? Graph(name: "start", layers: Array(whole.layers[..<18]))
    else { fatalError("the network of the masks cannot be made") }
    self.graph = graph
  }

  func check(_ bytes: [UInt8]) {
    guard let text = String(validating: bytes, as: UTF8.self),
      let mask = try? FreezeMask(parsing: text, in: graph)
    else { return }
    guard (try? FreezeMask(parsing: mask.summary(in: graph), in: graph)) == mask else {
      broken("a mask's summary is an expression of it")
    }
  }

  func seeds(fixtures: String) -> [String: [UInt8]] {
    let expressions = [
      "conv_pw_2,conv1", "conv_pw_1..", "..conv1", "*", "*:bias", "conv_pw_2[0:16]", "*,-*_bn",
      "none", "conv_pw_?:kernel[:4]", " conv1 , - conv1:gamma ", "conv_dw_1:depthwise_kernel[2:]", "conv_9",
    ]
    return Dictionary(uniqueKeysWithValues: expressions.enumerated().map { ("\($0)", Array($1.utf8)) })
  }
}
