import Foundation

@testable import ImageFiles
@testable import PackFile

/// JPEG, PNG, WebP and BMP.
struct ImageTarget: FuzzTarget {
  static let name = "image"

  /// So that an input takes no longer than its bytes are worth.
  private static let pixelLimit = 1 << 16

  func check(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { raw in
      guard let image = try? ImageDecoder.decode(raw, name: "image", pixelLimit: ImageTarget.pixelLimit)
      else {
        return
      }
      guard image.pixels.count == image.height * image.width * 3,
        image.height * image.width <= ImageTarget.pixelLimit
      else { broken("an image has as many pixels as it says") }
    }
  }

  /// Sets the checksums of a PNG's chunks right.
  func repaired(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) else { return bytes }
    var bytes = bytes
    var offset = 8
    while let length = bytes.load(UInt32.self, at: offset).map({ Int($0.byteSwapped) }),
      offset + 12 + length <= bytes.count
    {
      let end = offset + 8 + length
      let checksum = bytes[offset + 4..<end].withUnsafeBytes { Checksum.of($0) }
      bytes.store(checksum.byteSwapped, at: end)
      offset = end + 4
    }
    return bytes
  }

  func seeds(fixtures: String) throws -> [String: [UInt8]] {
    let folder = fixtures + "/images"
    var seeds: [String: [UInt8]] = [:]
    for file in try FileManager.default.contentsOfDirectory(atPath: folder) where !file.hasSuffix(".json") {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(file)"))
      if bytes.count <= 2048 { seeds[file] = Array(bytes) }
    }
    return seeds
  }
}
