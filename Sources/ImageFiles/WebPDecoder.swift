import CWebP

/// WebP, by libwebp with its default settings, as TensorFlow's `decode_image` reads it; alpha is dropped as
/// for PNG.
enum WebPDecoder {
  static func decode(
    _ bytes: UnsafeRawBufferPointer, name: String, pixelLimit: Int
  ) throws(ImageError) -> RGBImage {
    let container = WebPContainer(bytes)
    guard container.isWhole else { throw .damaged(file: name, format: "WebP", why: "the file ends early") }
    let source = bytes.bindMemory(to: UInt8.self).baseAddress
    var features = WebPBitstreamFeatures()
    let status = WebPGetFeatures(source, bytes.count, &features)
    guard status == VP8_STATUS_OK else { throw .damaged(file: name, format: "WebP", why: text(status)) }
    guard features.has_animation == 0 else { throw .unsupported(file: name, what: "an animated WebP") }
    let (height, width) = (Int(features.height), Int(features.width))
    try ImageLimits.checkSize(
      height: height, width: width, format: "WebP", name: name, pixelLimit: pixelLimit)
    let total = height * width * 3
    var isDecoded = false
    let pixels = [UInt8](unsafeUninitializedCapacity: total) { target, count in
      isDecoded =
        WebPDecodeRGBInto(source, bytes.count, target.baseAddress, total, Int32(width * 3)) != nil
      count = isDecoded ? total : 0
    }
    guard isDecoded else {
      throw .damaged(file: name, format: "WebP", why: "its image data cannot be decoded")
    }
    return RGBImage(height: height, width: width, pixels: pixels).upright(from: container.orientation)
  }

  private static func text(_ status: VP8StatusCode) -> String {
    switch status {
    case VP8_STATUS_NOT_ENOUGH_DATA, VP8_STATUS_SUSPENDED: "the file ends early"
    case VP8_STATUS_UNSUPPORTED_FEATURE: "it needs what libwebp does not know"
    default: "its header contradicts itself"
    }
  }
}

/// What the chunks of a WebP file say, as far as libwebp's decoder does not tell.
private struct WebPContainer {
  /// Whether the file is as long as it says.
  let isWhole: Bool
  private(set) var orientation = Orientation.topLeft

  /// Reads the RIFF container: "RIFF", a size, "WEBP", and chunks of a name, a size and a payload, padded to
  /// an even count. What is unsound is left to libwebp to judge.
  init(_ bytes: UnsafeRawBufferPointer) {
    var reader = ByteReader(bytes: bytes)
    reader.isBigEndian = false
    isWhole = reader.uint32(at: 4).map { $0 + 8 <= bytes.count } ?? false
    let (headerSize, exif) = (12, 0x4649_5845)
    var offset = headerSize
    while let name = reader.uint32(at: offset), let count = reader.uint32(at: offset + 4),
      let payload = reader.slice(at: offset + 8, count: count)
    {
      if name == exif { orientation = Self.orientation(payload) ?? .topLeft }
      offset += 8 + count + count % 2
    }
  }

  /// Some programs put JPEG's mark before the TIFF header.
  private static func orientation(_ payload: UnsafeRawBufferPointer) -> Orientation? {
    let mark = Array("Exif\0\0".utf8)
    let tiff = payload.starts(with: mark) ? payload.dropFirst(mark.count) : payload[...]
    return Orientation(exif: UnsafeRawBufferPointer(rebasing: tiff))
  }
}
