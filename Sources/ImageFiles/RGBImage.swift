/// A decoded image: shape [height, width, 3], red, green and blue from 0 to 255, rows from the top.
public struct RGBImage: Sendable, Hashable {
  public let height: Int
  public let width: Int
  public let pixels: [UInt8]

  /// - Precondition: `pixels` holds exactly height · width · 3 bytes, and both sides are at least one.
  public init(height: Int, width: Int, pixels: [UInt8]) {
    precondition(height > 0 && width > 0 && pixels.count == height * width * 3, "\(height)×\(width) pixels")
    self.height = height
    self.width = width
    self.pixels = pixels
  }
}

/// What an image may cost; checked before memory is asked for.
enum ImageLimits {
  static let pixels = 1 << 28
  static let side = 1 << 16
  static let fileBytes = 1 << 30
  /// Deflate's best ratio is 1,032, at eight pixels a byte; no JPEG comes near. A header with more lies.
  static let pixelsPerFileByte = 8_256

  /// That an image of this size can come from a file of `fileBytes` and fits into memory.
  static func check(
    height: Int, width: Int, fileBytes: Int, format: String, name: String, pixelLimit: Int
  ) throws(ImageError) {
    try checkSize(height: height, width: width, format: format, name: name, pixelLimit: pixelLimit)
    guard height * width / pixelsPerFileByte <= fileBytes else {
      let why = "\(width)×\(height) pixels cannot come from \(fileBytes) bytes"
      throw .damaged(file: name, format: format, why: why)
    }
  }

  /// That an image of this size fits into memory. All that can be asked of WebP, where one colour takes no
  /// bits.
  static func checkSize(
    height: Int, width: Int, format: String, name: String, pixelLimit: Int
  ) throws(ImageError) {
    guard height > 0, width > 0 else {
      throw .damaged(file: name, format: format, why: "it says that it is \(width)×\(height) pixels")
    }
    guard height <= side, width <= side, height * width <= pixelLimit else {
      throw .tooLarge(file: name, why: "\(width)×\(height) pixels; \(pixelLimit) are possible")
    }
  }
}
