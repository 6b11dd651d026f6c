import CTurboJPEG

/// Small JPEGs to show images by.
public enum Thumbnail {
  /// Pixels of the longer side at most.
  public static let side = 160
  private static let quality: Int32 = 80

  /// `image`, shrunk to at most ``side`` pixels a side and never enlarged, as a JPEG with 4:2:0 chroma.
  ///
  /// - Parameter name: The file of the image, for the error.
  /// - Throws: `ImageError.cannotRead` where memory is short.
  public static func jpeg(of image: RGBImage, name: String) throws(ImageError) -> [UInt8] {
    try JPEGCompressor(name: name).jpeg(of: image.shrunk(toSide: side), quality: quality)
  }
}

extension RGBImage {
  /// The image with its longer side `longest` pixels at most, and its shape kept.
  ///
  /// Halves as often as it can: bilinear interpolation at half the size averages four pixels, while at a
  /// smaller one it would skip some.
  func shrunk(toSide longest: Int) -> RGBImage {
    let side = max(height, width)
    guard side > longest else { return self }
    var image = self
    while max(image.height, image.width) >= 2 * longest {
      image = image.resized(height: (image.height + 1) / 2, width: (image.width + 1) / 2)
    }
    func scaled(_ length: Int) -> Int { max((length * longest + side / 2) / side, 1) }
    return image.resized(height: scaled(height), width: scaled(width))
  }

  private func resized(height: Int, width: Int) -> RGBImage {
    let values = Resize.bilinear(self, height: height, width: width)
    return RGBImage(
      height: height, width: width,
      // Interpolation stays between its neighbours, which are bytes.
      pixels: values.map { UInt8(min(max($0.rounded(), 0), 255)) })
  }
}

/// Owner of one TurboJPEG instance that compresses.
private struct JPEGCompressor: ~Copyable {
  private let handle: tjhandle
  private let name: String

  init(name: String) throws(ImageError) {
    guard let handle = tjInitCompress() else { throw .cannotRead(file: name, why: "out of memory") }
    self.handle = handle
    self.name = name
  }

  deinit { tjDestroy(handle) }

  /// The corresponding C function is `tjCompress2`.
  func jpeg(of image: RGBImage, quality: Int32) throws(ImageError) -> [UInt8] {
    let (width, height) = (Int32(image.width), Int32(image.height))
    let subsampling = Int32(truncatingIfNeeded: TJSAMP_420.rawValue)
    // The most that this size can take, so that TurboJPEG need not allocate.
    let capacity = Int(tjBufSize(width, height, subsampling))
    var isDone = false
    let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { target, count in
      var start: UnsafeMutablePointer<UInt8>? = target.baseAddress
      var size = UInt(capacity)
      isDone =
        tjCompress2(
          handle, image.pixels, width, 0, height, Int32(truncatingIfNeeded: TJPF_RGB.rawValue), &start, &size,
          subsampling, quality, TJFLAG_NOREALLOC) == 0
      count = isDone ? Int(size) : 0
    }
    guard isDone else {
      throw .cannotRead(file: name, why: "no thumbnail: \(String(cString: tjGetErrorStr2(handle)))")
    }
    return bytes
  }
}
