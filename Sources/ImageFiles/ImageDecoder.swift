/// Turns the bytes of image files into pixels, to the bit those of TensorFlow's `decode_image(channels=3)`.
///
/// Three things differ: the orientation in a file's EXIF data is applied, where TensorFlow ignores it; the
/// palette of a BMP file is looked up; and the alpha of a WebP file is dropped, where TensorFlow refuses.
public enum ImageDecoder {
  /// Decodes a JPEG, PNG, WebP or BMP image, told apart by content.
  ///
  /// - Parameter name: How errors call the image.
  public static func decode(_ bytes: UnsafeRawBufferPointer, name: String) throws(ImageError) -> RGBImage {
    try decode(bytes, name: name, pixelLimit: ImageLimits.pixels)
  }

  static func decode(
    _ bytes: UnsafeRawBufferPointer, name: String, pixelLimit: Int
  ) throws(ImageError) -> RGBImage {
    switch ImageFormat(bytes) {
    case .jpeg: return try JPEGDecoder.decode(bytes, name: name, pixelLimit: pixelLimit)
    case .png: return try PNGDecoder.decode(bytes, name: name, pixelLimit: pixelLimit)
    case .webp: return try WebPDecoder.decode(bytes, name: name, pixelLimit: pixelLimit)
    case .bmp: return try BMPDecoder.decode(bytes, name: name, pixelLimit: pixelLimit)
    case .other(let what): throw .unsupported(file: name, what: what)
    case nil where bytes.isEmpty: throw .damaged(file: name, format: "image", why: "the file is empty")
    case nil: throw .notAnImage(file: name)
    }
  }

  /// Reads and decodes an image file, or the image in a record.
  public static func decode(_ image: ImageReference) throws(ImageError) -> RGBImage {
    let bytes = try FileBytes.read(image)
    let name = image.description
    return try bytes.withUnsafeBytes { raw in
      Result { () throws(ImageError) in try decode(raw, name: name) }
    }.get()
  }
}

/// What the first bytes of a file say that it is.
enum ImageFormat: Equatable {
  case jpeg
  case png
  case webp
  case bmp
  /// Known, but not decoded here.
  case other(String)

  private static let signatures: [(at: Int, bytes: [UInt8], format: ImageFormat)] = [
    (0, [0xFF, 0xD8, 0xFF], .jpeg),
    (0, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], .png),
    (0, Array("GIF8".utf8), .other("GIF")),
    (0, Array("BM".utf8), .bmp),
    (0, [0x49, 0x49, 0x2A, 0x00], .other("TIFF")),
    (0, [0x4D, 0x4D, 0x00, 0x2A], .other("TIFF")),
    (8, Array("WEBP".utf8), .webp),
    (4, Array("ftypheic".utf8), .other("HEIC")),
    (4, Array("ftypavif".utf8), .other("AVIF")),
  ]

  init?(_ bytes: UnsafeRawBufferPointer) {
    let match = Self.signatures.first { signature in
      bytes.dropFirst(signature.at).starts(with: signature.bytes)
    }
    guard let match else { return nil }
    self = match.format
  }
}
