/// BMP without compression, as TensorFlow's `decode_bmp` reads it: 24 and 32 bits, rows from the bottom or
/// the top, alpha dropped.
///
/// One thing differs: of the files with a palette (1, 4 and 8 bits) the colours are looked up, as every
/// viewer does, where TensorFlow takes the indices themselves for grey. For a palette of greys that is the
/// same.
enum BMPDecoder {
  static func decode(
    _ bytes: UnsafeRawBufferPointer, name: String, pixelLimit: Int
  ) throws(ImageError) -> RGBImage {
    let header = try BMPHeader(bytes, name: name)
    try ImageLimits.check(
      height: header.height, width: header.width, fileBytes: bytes.count, format: "BMP", name: name,
      pixelLimit: pixelLimit)
    let stored = header.height * header.rowBytes
    guard let rows = ByteReader(bytes: bytes).slice(at: header.pixelOffset, count: stored) else {
      throw .damaged(file: name, format: "BMP", why: "the file ends early")
    }
    let palette = try header.palette(bytes, name: name)
    var isSound = true
    let total = header.height * header.width * 3
    let pixels = [UInt8](unsafeUninitializedCapacity: total) { target, count in
      for y in 0..<header.height {
        let stored = header.isTopDown ? y : header.height - 1 - y
        let row = UnsafeRawBufferPointer(
          rebasing: rows[stored * header.rowBytes..<(stored + 1) * header.rowBytes])
        let output = UnsafeMutableBufferPointer(
          rebasing: target[y * header.width * 3..<(y + 1) * header.width * 3])
        if palette.isEmpty {
          copy(row, bytesPerPixel: header.bits / 8, to: output)
        } else {
          isSound = lookUp(row, bits: header.bits, in: palette, to: output) && isSound
        }
      }
      count = total
    }
    guard isSound else { throw .damaged(file: name, format: "BMP", why: "a colour is not in its palette") }
    return RGBImage(height: header.height, width: header.width, pixels: pixels)
  }

  /// Blue, green and red, then perhaps a byte that is not looked at.
  private static func copy(
    _ row: UnsafeRawBufferPointer, bytesPerPixel: Int, to output: UnsafeMutableBufferPointer<UInt8>
  ) {
    for x in 0..<output.count / 3 {
      for channel in 0..<3 { output[3 * x + channel] = row[bytesPerPixel * x + 2 - channel] }
    }
  }

  /// - Returns: Whether every index was in the palette.
  private static func lookUp(
    _ row: UnsafeRawBufferPointer, bits: Int, in palette: [(red: UInt8, green: UInt8, blue: UInt8)],
    to output: UnsafeMutableBufferPointer<UInt8>
  ) -> Bool {
    let perByte = 8 / bits
    var isSound = true
    for x in 0..<output.count / 3 {
      let shift = 8 - bits * (x % perByte + 1)
      let index = Int(row[x / perByte] >> UInt8(shift)) & (1 << bits - 1)
      isSound = isSound && index < palette.count
      let colour = palette[min(index, palette.count - 1)]
      (output[3 * x], output[3 * x + 1], output[3 * x + 2]) = (colour.red, colour.green, colour.blue)
    }
    return isSound
  }
}

/// The file header and the information header of a BMP file: BITMAPINFOHEADER of 40 bytes or one of its
/// longer kin.
private struct BMPHeader {
  let height: Int
  let width: Int
  let bits: Int
  let isTopDown: Bool
  let pixelOffset: Int
  private let paletteOffset: Int
  /// 0 stands for as many as the bits can tell apart.
  private let coloursUsed: Int

  /// Rows are padded to whole words of 32 bits.
  var rowBytes: Int { (width * bits + 31) / 32 * 4 }

  init(_ bytes: UnsafeRawBufferPointer, name: String) throws(ImageError) {
    var reader = ByteReader(bytes: bytes)
    reader.isBigEndian = false
    guard let size = reader.uint32(at: 14) else {
      throw .damaged(file: name, format: "BMP", why: "the file ends early")
    }
    guard size >= 40 else { throw .unsupported(file: name, what: "a BMP with a header of \(size) bytes") }
    guard let pixelOffset = reader.uint32(at: 10), let width = reader.uint32(at: 18),
      let height = reader.uint32(at: 22), let bits = reader.uint16(at: 28),
      let compression = reader.uint32(at: 30), let coloursUsed = reader.uint32(at: 46),
      reader.slice(at: 14, count: size) != nil
    else { throw .damaged(file: name, format: "BMP", why: "the file ends early") }
    let signedHeight = Int(Int32(truncatingIfNeeded: height))
    let isPlain = compression == 0 || Self.hasUsualMasks(reader, compression: compression, bits: bits)
    guard [1, 4, 8, 24, 32].contains(bits), isPlain else {
      throw .unsupported(file: name, what: "a BMP of \(bits) bits with compression \(compression)")
    }
    self.height = abs(signedHeight)
    self.width = Int(Int32(truncatingIfNeeded: width))
    self.bits = bits
    self.isTopDown = signedHeight < 0
    self.pixelOffset = pixelOffset
    self.paletteOffset = 14 + size
    self.coloursUsed = coloursUsed
  }

  /// Whether bit fields only say what 32 bits mean without them.
  private static func hasUsualMasks(_ reader: ByteReader, compression: Int, bits: Int) -> Bool {
    let (bitFields, alphaBitFields) = (3, 6)
    return [bitFields, alphaBitFields].contains(compression) && bits == 32
      && reader.uint32(at: 54) == 0xFF0000 && reader.uint32(at: 58) == 0xFF00 && reader.uint32(at: 62) == 0xFF
  }

  /// The colours that the pixels are indices of; none where they are colours themselves.
  func palette(
    _ bytes: UnsafeRawBufferPointer, name: String
  ) throws(ImageError) -> [(red: UInt8, green: UInt8, blue: UInt8)] {
    guard bits <= 8 else { return [] }
    let possible = 1 << bits
    let count = coloursUsed == 0 ? possible : min(coloursUsed, possible)
    guard let colours = ByteReader(bytes: bytes).slice(at: paletteOffset, count: 4 * count) else {
      throw .damaged(file: name, format: "BMP", why: "the file ends early")
    }
    return (0..<count).map { (red: colours[4 * $0 + 2], green: colours[4 * $0 + 1], blue: colours[4 * $0]) }
  }
}
