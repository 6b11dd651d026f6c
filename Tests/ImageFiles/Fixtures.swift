import Foundation
import ImageFiles
import Testing

/// The files of fixtures/images, and what TensorFlow reads from them.
struct Fixtures: Decodable {
  struct Decoded: Decodable, Sendable, CustomTestStringConvertible {
    let file: String
    let height: Int
    let width: Int
    /// Shape [height, width, 3].
    let pixels: Data
    var testDescription: String { file }
  }

  struct Resized: Decodable, Sendable, CustomTestStringConvertible {
    let file: String
    let height: Int
    let width: Int
    let first: [Float]
    let fnv1a: String
    let preparedFnv1a: String
    var testDescription: String { "\(file) to \(height)×\(width)" }
  }

  struct Fitted: Decodable, Sendable, CustomTestStringConvertible {
    let file: String
    let fitting: String
    let height: Int
    let width: Int
    let fnv1a: String
    var testDescription: String { "\(file), \(fitting) to \(height)×\(width)" }
  }

  struct Rotated: Decodable, Sendable, CustomTestStringConvertible {
    let file: String
    let degrees: Double
    /// Little-endian float32, shape [height, width, 3].
    let values: Data
    var testDescription: String { "\(file) by \(degrees)°" }
  }

  struct Coloured: Decodable, Sendable, CustomTestStringConvertible {
    let property: String
    let factor: Float
    let file: String
    let pixels: Data
    var testDescription: String { "\(property) of \(file) times \(factor)" }
  }

  let decoded: [Decoded]
  let resized: [Resized]
  let fitted: [Fitted]
  let rotated: [Rotated]
  let coloured: [Coloured]

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../fixtures/images").standardizedFileURL

  static let expected: Fixtures = {
    do {
      return try JSONDecoder().decode(
        Fixtures.self, from: Data(contentsOf: folder.appending(path: "expected.json")))
    } catch {
      Issue.record(error, "fixtures/images/expected.json")
      return Fixtures(decoded: [], resized: [], fitted: [], rotated: [], coloured: [])
    }
  }()

  /// Real TFRecord files.
  static let records = FilePath(folder.deletingLastPathComponent().appending(path: "records").path)

  static func image(_ name: String) -> ImageReference { ImageReference(path(name)) }
  static func path(_ name: String) -> FilePath { FilePath(folder.appending(path: name).path) }
  static func bytes(_ name: String) throws -> [UInt8] {
    try Array(Data(contentsOf: folder.appending(path: name)))
  }
}

/// Decodes an image in memory.
func decode(_ bytes: [UInt8], name: String = "image") throws(ImageError) -> RGBImage {
  try bytes.withUnsafeBytes { raw in
    Result { () throws(ImageError) in try ImageDecoder.decode(raw, name: name) }
  }.get()
}

/// The 64-bit Fowler-Noll-Vo hash of the floats' bytes, as the fixtures' maker computes it.
func fnv1a(_ floats: [Float]) -> String {
  let hash = floats.withUnsafeBytes { bytes in
    bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
  let digits = String(hash, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

extension LabelledDataset {
  /// How many images each class has, in the order of `labels`.
  var imagesPerClass: [Int] { ClassBalance(of: images, classes: labels.count).imagesPerClass }
}
