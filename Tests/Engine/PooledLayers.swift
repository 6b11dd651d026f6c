import ModelGraph
import Testing

/// A pointwise convolution and the mean over its pixels, behind a first convolution: pixels that tiles of both sizes
/// fill, or that leave a rest; channels that fill no block or many.
struct PooledLayers: Sendable, CustomTestStringConvertible {
  let height: Int
  let width: Int
  let channels: Int
  let outChannels: Int

  static let all = [
    PooledLayers(height: 7, width: 7, channels: 33, outChannels: 70),
    PooledLayers(height: 3, width: 3, channels: 5, outChannels: 16),
    PooledLayers(height: 11, width: 13, channels: 16, outChannels: 272),
    PooledLayers(height: 1, width: 1, channels: 20, outChannels: 3),
  ]

  var testDescription: String { "\(height)×\(width)×\(channels) → \(outChannels)" }

  /// - Parameter overhang: Rows and columns by which the pooling's window is larger than the image; `same` padding keeps
  ///   them out of the mean.
  func graph(overhang: Int) throws -> Graph {
    var chain = Chain()
    chain.input(height, width, 3)
    chain.convolution("conv1", channels, size: 3, stride: 1, .same)
    chain.convolution("conv_pw_1", outChannels, size: 1, stride: 1, .same)
    let size = Size2D(height: height + overhang, width: width + overhang)
    chain.add("average_pooling2d", .averagePooling2D(Window(size: size, strides: size, padding: .same)))
    chain.add("flatten", .flatten)
    chain.add("dense", .dense(units: 4, useBias: true, .linear))
    chain.add("softmax", .softmax)
    return try Graph(name: "pooled", layers: chain.layers)
  }
}
