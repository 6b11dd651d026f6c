/// What the segments before a JPEG's first scan say, as far as TurboJPEG does not tell.
struct JPEGSegments {
  private(set) var orientation = Orientation.topLeft
  /// Whether an Adobe program wrote it: then CMYK is stored inverted.
  private(set) var hasAdobeMarker = false
  private let bytes: UnsafeRawBufferPointer
  private var scan: Int

  private enum Marker {
    static let standalone: Set<UInt8> = Set([0x00, 0x01] + (0xD0...0xD8))
    static let endOfImage: UInt8 = 0xD9
    static let startOfScan: UInt8 = 0xDA
    static let exif: UInt8 = 0xE1
    static let adobe: UInt8 = 0xEE
  }

  /// Walks the segments; stops without complaint at the first that is unsound, for libjpeg to judge.
  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    self.scan = bytes.count
    let reader = ByteReader(bytes: bytes)
    var offset = 2
    while let byte = reader[offset], let marker = reader[offset + 1] {
      // Bytes between segments are skipped and 0xFF may repeat, as in libjpeg.
      if byte != 0xFF || marker == 0xFF {
        offset += 1
        continue
      }
      if marker == Marker.startOfScan || marker == Marker.endOfImage {
        scan = offset
        return
      }
      offset += 2
      if Marker.standalone.contains(marker) { continue }
      guard let length = reader.uint16(at: offset), length >= 2,
        let payload = reader.slice(at: offset + 2, count: length - 2)
      else { return }
      read(payload, of: marker)
      offset += length
    }
  }

  private mutating func read(_ payload: UnsafeRawBufferPointer, of marker: UInt8) {
    let exif = Array("Exif\0\0".utf8)
    if marker == Marker.exif, payload.starts(with: exif) {
      let tiff = UnsafeRawBufferPointer(rebasing: payload[exif.count...])
      if let found = Orientation(exif: tiff) { orientation = found }
    }
    // Twelve bytes is what libjpeg asks of this segment.
    if marker == Marker.adobe, payload.count >= 12, payload.starts(with: "Adobe".utf8) {
      hasAdobeMarker = true
    }
  }

  /// Whether an end-of-image marker follows the first scan's start. Within a scan no data looks like one.
  var endsProperly: Bool {
    zip(bytes[scan...], bytes[scan...].dropFirst()).contains { $0 == 0xFF && $1 == Marker.endOfImage }
  }
}
