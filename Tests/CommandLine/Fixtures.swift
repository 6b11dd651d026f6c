import Foundation

/// Files to run the commands on.
enum Fixtures {
  /// The root of the repository.
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  /// Weights alone of a MobileNet without top, alpha 0.1, as Keras's own downloads are laid out.
  static let small = root + "/fixtures/keras/mobilenet_hosted_no_top.h5"

  static func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: root + "/fixtures/" + name))
  }
}

extension TestFolder {
  /// Imports the small network for images of 32 × 32, as `small.mlpack`.
  func addPack(_ options: [String] = []) throws {
    try Tool.output(
      ["import", Fixtures.small, "--input-size", "32", "-o", "small.mlpack"] + options, in: self)
  }

  /// Adds `photos`: three classes of two images each.
  func addPhotos(classes: [String] = ["ant", "bee", "cat"]) throws {
    let jpeg = try Fixtures.bytes("images/photo.jpg")
    let png = try Fixtures.bytes("images/png_rgb_8.png")
    for name in classes {
      try write("photos/\(name)/1.jpg", jpeg)
      try write("photos/\(name)/2.png", png)
    }
  }
}

/// The object that a document of JSON holds.
func object(_ json: String) throws -> [String: Any] {
  try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] ?? [:]
}
