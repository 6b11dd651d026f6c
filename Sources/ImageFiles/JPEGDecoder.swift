import CTurboJPEG

/// JPEG, by libjpeg-turbo, with the settings of TensorFlow's `decode_image`: the fast integer DCT and smooth
/// chroma upsampling.
enum JPEGDecoder {
  static func decode(
    _ bytes: UnsafeRawBufferPointer, name: String, pixelLimit: Int
  ) throws(ImageError) -> RGBImage {
    let decompressor = try JPEGDecompressor(name: name)
    let header = try decompressor.header(of: bytes)
    try ImageLimits.check(
      height: header.height, width: header.width, fileBytes: bytes.count, format: "JPEG", name: name,
      pixelLimit: pixelLimit)
    let segments = JPEGSegments(bytes)
    let raw = try decompressor.pixels(of: bytes, header)
    if !raw.isWhole && !segments.endsProperly {
      throw .damaged(file: name, format: "JPEG", why: "the file ends early")
    }
    let pixels = header.isCMYK ? rgb(fromCMYK: raw.values, inverted: segments.hasAdobeMarker) : raw.values
    return RGBImage(height: header.height, width: header.width, pixels: pixels)
      .upright(from: segments.orientation)
  }

  /// TensorFlow's conversion: integer division, rounded down.
  private static func rgb(fromCMYK values: [UInt8], inverted: Bool) -> [UInt8] {
    let mask: UInt8 = inverted ? 0 : 255
    return [UInt8](unsafeUninitializedCapacity: values.count / 4 * 3) { target, count in
      values.withUnsafeBufferPointer { source in
        for pixel in 0..<source.count / 4 {
          let black = UInt16(source[4 * pixel + 3] ^ mask)
          for channel in 0..<3 {
            let ink = UInt16(source[4 * pixel + channel] ^ mask)
            target[3 * pixel + channel] = UInt8(truncatingIfNeeded: ink * black / 255)
          }
        }
      }
      count = values.count / 4 * 3
    }
  }
}

private struct JPEGHeader {
  let height: Int
  let width: Int
  let isCMYK: Bool
}

/// Owner of one TurboJPEG instance.
private struct JPEGDecompressor: ~Copyable {
  private let handle: tjhandle
  private let name: String

  init(name: String) throws(ImageError) {
    guard let handle = tjInitDecompress() else { throw .cannotRead(file: name, why: "out of memory") }
    self.handle = handle
    self.name = name
  }

  deinit { tjDestroy(handle) }

  /// The corresponding C function is `tjDecompressHeader3`.
  func header(of bytes: UnsafeRawBufferPointer) throws(ImageError) -> JPEGHeader {
    var (width, height, subsampling, colourSpace): (Int32, Int32, Int32, Int32) = (0, 0, 0, -1)
    let status = tjDecompressHeader3(
      handle, bytes.bindMemory(to: UInt8.self).baseAddress, UInt(bytes.count), &width, &height, &subsampling,
      &colourSpace)
    // It fails on chroma subsampling that it has no name for, which decoding does not mind.
    guard status == 0 || (subsampling < 0 && colourSpace >= 0 && width > 0 && height > 0) else {
      throw failure
    }
    let isCMYK = [TJCS_CMYK, TJCS_YCCK].contains { $0.rawValue == colourSpace }
    return JPEGHeader(height: Int(height), width: Int(width), isCMYK: isCMYK)
  }

  /// The pixels as RGB or CMYK, and whether libjpeg had nothing to remark.
  ///
  /// The corresponding C function is `tjDecompress2`.
  func pixels(of bytes: UnsafeRawBufferPointer, _ header: JPEGHeader)
    throws(ImageError) -> (values: [UInt8], isWhole: Bool)
  {
    let channels = header.isCMYK ? 4 : 3
    let format = header.isCMYK ? TJPF_CMYK : TJPF_RGB
    let total = header.height * header.width * channels
    var isWhole = true
    var isLost = false
    let values = [UInt8](unsafeUninitializedCapacity: total) { target, count in
      isWhole =
        tjDecompress2(
          handle, bytes.bindMemory(to: UInt8.self).baseAddress, UInt(bytes.count), target.baseAddress,
          Int32(header.width), Int32(header.width * channels), Int32(header.height),
          Int32(truncatingIfNeeded: format.rawValue), TJFLAG_FASTDCT | TJFLAG_LIMITSCANS) == 0
      isLost = !isWhole && tjGetErrorCode(handle) != Int32(truncatingIfNeeded: TJERR_WARNING.rawValue)
      // After a mere warning every row is written; after an error the values are not looked at.
      count = isLost ? 0 : total
    }
    if isLost { throw failure }
    return (values, isWhole)
  }

  private var failure: ImageError {
    .damaged(file: name, format: "JPEG", why: String(cString: tjGetErrorStr2(handle)))
  }
}
