import CPNG

/// PNG, by libpng, as TensorFlow's `decode_image` reads it: palettes looked up, grey spread, alpha dropped,
/// the upper eight of sixteen bits; no gamma, no background.
enum PNGDecoder {
  static func decode(
    _ bytes: UnsafeRawBufferPointer, name: String, pixelLimit: Int
  ) throws(ImageError) -> RGBImage {
    let reader = ByteReader(bytes: bytes)
    guard let width = reader.uint32(at: 16), let height = reader.uint32(at: 20) else {
      throw .damaged(file: name, format: "PNG", why: "the file ends early")
    }
    try ImageLimits.check(
      height: height, width: width, fileBytes: bytes.count, format: "PNG", name: name, pixelLimit: pixelLimit)
    var source = cpng_source()
    source.bytes = bytes.bindMemory(to: UInt8.self).baseAddress
    source.count = bytes.count
    var isDecoded = false
    let pixels = [UInt8](unsafeUninitializedCapacity: height * width * 3) { target, count in
      isDecoded = cpng_decode_rgb(&source, UInt32(width), UInt32(height), target.baseAddress) != 0
      count = isDecoded ? height * width * 3 : 0
    }
    guard isDecoded else { throw .damaged(file: name, format: "PNG", why: text(source)) }
    return RGBImage(height: height, width: width, pixels: pixels).upright(from: orientation(reader))
  }

  /// The orientation in the `eXIf` chunk, which may stand before or after the image data.
  private static func orientation(_ reader: ByteReader) -> Orientation {
    let exif = 0x6558_4966
    var offset = 8
    while let length = reader.uint32(at: offset), let type = reader.uint32(at: offset + 4) {
      guard let payload = reader.slice(at: offset + 8, count: length) else { break }
      if type == exif { return Orientation(exif: payload) ?? .topLeft }
      offset += 12 + length
    }
    return .topLeft
  }

  private static func text(_ source: cpng_source) -> String {
    withUnsafeBytes(of: source.reason) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
