/// Which corner and side of the scene the first row and the first column of a stored image show.
///
/// Tag 274 of TIFF 6.0, page 36; EXIF takes it over.
enum Orientation: Int {
  case topLeft = 1
  case topRight, bottomRight, bottomLeft
  case leftTop, rightTop, rightBottom, leftBottom

  private static let tag = 274

  /// Reads the tag from a TIFF header and its first directory, as EXIF embeds them.
  ///
  /// - Returns: nil where there is none, or no sound one.
  init?(exif bytes: UnsafeRawBufferPointer) {
    var reader = ByteReader(bytes: bytes)
    switch reader.uint16(at: 0) {
    case 0x4949: reader.isBigEndian = false
    case 0x4D4D: reader.isBigEndian = true
    default: return nil
    }
    guard reader.uint16(at: 2) == 42, let directory = reader.uint32(at: 4),
      let entryCount = reader.uint16(at: directory)
    else { return nil }
    for entry in 0..<entryCount {
      let offset = directory + 2 + 12 * entry
      guard let tag = reader.uint16(at: offset), let type = reader.uint16(at: offset + 2) else { return nil }
      guard tag == Self.tag else { continue }
      let shortType = 3
      guard type == shortType, let value = reader.uint16(at: offset + 8) else { return nil }
      self.init(rawValue: value)
      return
    }
    return nil
  }
}

extension RGBImage {
  /// The image the right way up, if it was stored as `orientation` says.
  func upright(from orientation: Orientation) -> RGBImage {
    let (right, down) = (3, 3 * width)
    let (lastColumn, lastRow) = (right * (width - 1), down * (height - 1))
    // Where the upright image begins in the stored one, and the steps that lead along its rows and columns.
    let (start, columnStep, rowStep) =
      switch orientation {
      case .topLeft: (0, right, down)
      case .topRight: (lastColumn, -right, down)
      case .bottomRight: (lastRow + lastColumn, -right, -down)
      case .bottomLeft: (lastRow, right, -down)
      case .leftTop: (0, down, right)
      case .rightTop: (lastRow, -down, right)
      case .rightBottom: (lastRow + lastColumn, -down, -right)
      case .leftBottom: (lastColumn, down, -right)
      }
    if orientation == .topLeft { return self }
    let isTurned = orientation.rawValue >= Orientation.leftTop.rawValue
    let (newHeight, newWidth) = isTurned ? (width, height) : (height, width)
    let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, count in
      pixels.withUnsafeBufferPointer { source in
        for y in 0..<newHeight {
          for x in 0..<newWidth {
            let from = start + y * rowStep + x * columnStep
            let to = (y * newWidth + x) * 3
            for channel in 0..<3 { target[to + channel] = source[from + channel] }
          }
        }
      }
      count = pixels.count
    }
    return RGBImage(height: newHeight, width: newWidth, pixels: turned)
  }
}
