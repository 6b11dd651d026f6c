import ModelGraph
import Testing

/// Pairs of a depthwise convolution and the pointwise one that follows, behind a first convolution and a dropout: windows at
/// every place of an image, rows that fill no tile, channels that fill no block or many.
struct FusedLayers: Sendable, CustomTestStringConvertible {
  let height: Int
  let width: Int
  let channels: Int
  let outChannels: Int
  let stride: Int
  let padding: Padding
  /// Output channels and stride of the pairs behind the first.
  var further: [(outChannels: Int, stride: Int)] = []

  static let all = [
    FusedLayers(height: 9, width: 7, channels: 5, outChannels: 19, stride: 1, padding: .same),
    FusedLayers(height: 8, width: 11, channels: 17, outChannels: 40, stride: 2, padding: .same),
    FusedLayers(height: 7, width: 9, channels: 16, outChannels: 16, stride: 3, padding: .same),
    FusedLayers(height: 14, width: 14, channels: 272, outChannels: 48, stride: 1, padding: .same),
    FusedLayers(height: 6, width: 5, channels: 33, outChannels: 7, stride: 1, padding: .valid),
    FusedLayers(height: 2, width: 2, channels: 4, outChannels: 4, stride: 1, padding: .same),
    FusedLayers(height: 1, width: 1, channels: 3, outChannels: 20, stride: 2, padding: .same),
    FusedLayers(height: 3, width: 40, channels: 32, outChannels: 64, stride: 2, padding: .same),
    // Of several pairs, what one wrote is replaced by the third behind it; of tall images, tasks read what several tasks wrote.
    FusedLayers(
      height: 160, width: 4, channels: 16, outChannels: 40, stride: 1, padding: .same,
      further: [(24, 1), (33, 1), (48, 1), (16, 1), (96, 2), (20, 1), (16, 1), (64, 1), (24, 3), (48, 1)]),
    FusedLayers(
      height: 33, width: 31, channels: 8, outChannels: 16, stride: 2, padding: .valid,
      further: [(32, 1), (32, 1), (160, 2)]),
    FusedLayers(
      height: 5, width: 4, channels: 20, outChannels: 320, stride: 1, padding: .same,
      further: [(320, 1), (300, 1), (64, 1), (320, 1)]),
  ]

  var testDescription: String {
    "\(height)×\(width)×\(channels) → \(outChannels), stride \(stride), \(padding), \(further)"
  }

  func graph() throws -> Graph {
    var chain = Chain()
    chain.input(height, width, 3)
    chain.convolution("conv1", channels, size: 3, stride: 1, .same)
    chain.add("dropout", .dropout(rate: 0.5))
    for (index, pair) in ([(outChannels, stride)] + further).enumerated() {
      chain.depthwise("conv_dw_\(index + 1)", size: 3, stride: pair.1, padding)
      chain.convolution("conv_pw_\(index + 1)", pair.0, size: 1, stride: 1, .same)
    }
    chain.add("global_average_pooling2d", .globalAveragePooling2D(keepDims: false))
    chain.add("dense", .dense(units: 4, useBias: true, .linear))
    chain.add("softmax", .softmax)
    return try Graph(name: "fused", layers: chain.layers)
  }
}
