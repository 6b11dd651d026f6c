/// Reads whole files and images. They are not mapped, so that one that shrinks meanwhile ends early instead
/// of trapping.
enum FileBytes {
  static func read(_ path: FilePath) throws(ImageError) -> [UInt8] {
    let file = try OpenFile(path)
    return try file.read(count: file.checkedSize(), at: 0)
  }

  static func read(_ image: ImageReference) throws(ImageError) -> [UInt8] {
    guard let record = image.record else { return try read(image.file) }
    let file = try OpenFile(image.file)
    guard record.count <= ImageLimits.fileBytes else {
      throw .tooLarge(file: image.description, why: "\(record.count) bytes; 1 GiB is possible")
    }
    let bytes = try file.read(count: record.count, at: record.offset)
    guard bytes.count == record.count else {
      throw .damaged(file: image.description, format: "TFRecord file", why: "it is shorter than it was")
    }
    return bytes
  }
}
