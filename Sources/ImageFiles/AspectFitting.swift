/// What becomes of an image whose sides are in another proportion than the network's input.
///
/// Each is to the bit what Keras 3's `image_dataset_from_directory` does.
public enum AspectFitting: String, Sendable, Hashable, CaseIterable {
  /// It is distorted. Keras's default.
  case stretch
  /// The largest part of the right proportion is taken, from the middle: `crop_to_aspect_ratio=True`.
  case crop
  /// It is made to fit whole, and black fills the rest, the same on both sides: `pad_to_aspect_ratio=True`.
  case pad

  /// The part of an image that is used.
  func source(height: Int, width: Int, for input: NetworkInput) -> PixelRectangle {
    guard self == .crop else { return PixelRectangle(top: 0, left: 0, height: height, width: width) }
    // keras.utils.image_utils.smart_resize, in its order of float operations.
    let possibleHeight = Int(Float(width * input.height) / Float(input.width))
    let possibleWidth = Int(Float(height * input.width) / Float(input.height))
    let cropHeight = max(min(height, possibleHeight), 1)
    let cropWidth = max(min(width, possibleWidth), 1)
    return PixelRectangle(
      top: Int(Float(height - cropHeight) / 2), left: Int(Float(width - cropWidth) / 2), height: cropHeight,
      width: cropWidth)
  }

  /// The part of the input that `source` fills.
  func target(of source: PixelRectangle, in input: NetworkInput) -> PixelRectangle {
    guard self == .pad else {
      return PixelRectangle(top: 0, left: 0, height: input.height, width: input.width)
    }
    // tf.image.resize_with_pad, in its order of float operations. It fails where a side would vanish.
    let (height, width) = (Float(source.height), Float(source.width))
    let ratio = max(width / Float(input.width), height / Float(input.height))
    let (fittedHeight, fittedWidth) = (height / ratio, width / ratio)
    return PixelRectangle(
      top: max(0, Int(((Float(input.height) - fittedHeight) / 2).rounded(.down))),
      left: max(0, Int(((Float(input.width) - fittedWidth) / 2).rounded(.down))),
      height: min(max(Int(fittedHeight.rounded(.down)), 1), input.height),
      width: min(max(Int(fittedWidth.rounded(.down)), 1), input.width))
  }
}

/// A part of an image, in pixels from its upper left corner. Not empty, and within the image.
struct PixelRectangle: Hashable {
  let top: Int
  let left: Int
  let height: Int
  let width: Int
}
