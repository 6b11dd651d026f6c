import ModelGraph

/// The extents of one image's activations, and how they lie in a device's memory: [C/16, N, H, W, 16].
///
/// See Kernels/common.cl.
package struct ActivationShape: Hashable {
  /// Channels in a block.
  static let block = 16

  package let height: Int
  package let width: Int
  package let channels: Int

  init(height: Int, width: Int, channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// A feature vector [C] is one pixel.
  init(_ shape: Shape) {
    switch shape.count {
    case 3: self.init(height: shape[0], width: shape[1], channels: shape[2])
    case 2: self.init(height: 1, width: shape[0], channels: shape[1])
    default: self.init(height: 1, width: 1, channels: shape[0])
    }
  }

  package var pixels: Int { height * width }
  var blocks: Int { ActivationShape.blocks(of: channels) }
  /// Floats of one image, padding lanes included.
  var floatsPerImage: Int { blocks * pixels * ActivationShape.block }
  /// Whether an image is a single pixel, so that reshaping it moves nothing.
  var isVector: Bool { pixels == 1 }

  static func blocks(of channels: Int) -> Int { (channels + block - 1) / block }

  /// One image's activations [C/16, H, W, 16] as Keras has them, [H, W, C].
  func plain(_ blocked: UnsafePointer<Float>) -> [Float] {
    var result = [Float](repeating: 0, count: pixels * channels)
    for channel in 0..<channels {
      let lane = blocked + channel / ActivationShape.block * pixels * ActivationShape.block
      for pixel in 0..<pixels {
        result[pixel * channels + channel] =
          lane[pixel * ActivationShape.block + channel % ActivationShape.block]
      }
    }
    return result
  }
}
