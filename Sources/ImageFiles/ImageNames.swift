/// Which files of a folder are taken for images, by the end of their names: those that Keras takes, and WebP.
enum ImageNames {
  private static let extensions = [".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp"]
  static let list = extensions.joined(separator: " ")

  static func accepts(_ name: FilePath) -> Bool {
    let lowered = name.bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    return extensions.contains { lowered.suffix($0.utf8.count).elementsEqual($0.utf8) }
  }
}
