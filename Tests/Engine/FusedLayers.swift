import ModelGraph
import Testing

/// A depthwise convolution and the pointwise one that follows, behind a first convolution and a dropout: windows at
/// every place of an image, rows that fill no tile, channels that fill no block or many.
struct FusedLayers: Sendable, CustomTestStringConvertible {
  let height: Int
  let width: Int
  let channels: Int
  let outChannels: Int
  let stride: Int
  let padding: Padding

  static let all = [
    FusedLayers(height: 9, width: 7, channels: 5, outChannels: 19, stride: 1, padding: .same),
    FusedLayers(height: 8, width: 11, channels: 17, outChannels: 40, stride: 2, padding: .same),
    FusedLayers(height: 7, width: 9, channels: 16, outChannels: 16, stride: 3, padding: .same),
    FusedLayers(height: 14, width: 14, channels: 272, outChannels: 48, stride: 1, padding: .same),
    FusedLayers(height: 6, width: 5, channels: 33, outChannels: 7, stride: 1, padding: .valid),
    FusedLayers(height: 2, width: 2, channels: 4, outChannels: 4, stride: 1, padding: .same),
    FusedLayers(height: 1, width: 1, channels: 3, outChannels: 20, stride: 2, padding: .same),
    FusedLayers(height: 3, width: 40, channels: 32, outChannels: 64, stride: 2, padding: .same),
  ]

  var testDescription: String {
    "\(height)×\(width)×\(channels) → \(outChannels), stride \(stride), \(padding)"
  }

  func graph() throws -> Graph {
    var chain = Chain()
    chain.input(height, width, 3)
    chain.convolution("conv1", channels, size: 3, stride: 1, .same)
    chain.add("dropout", .dropout(rate: 0.5))
    chain.depthwise("conv_dw_1", size: 3, stride: stride, padding)
    chain.convolution("conv_pw_1", outChannels, size: 1, stride: 1, .same)
    chain.add("global_average_pooling2d", .globalAveragePooling2D(keepDims: false))
    chain.add("dense", .dense(units: 4, useBias: true, .linear))
    chain.add("softmax", .softmax)
    return try Graph(name: "fused", layers: chain.layers)
  }
}
