import Foundation
import Testing

/// Copies of the small Keras file in which single numbers are others.
extension TestFolder {
  /// The number that `edit` changed, before and after.
  struct Edit {
    let before: Float
    let after: Float
    var distance: Double { abs(Double(before) - Double(after)) }
  }

  /// Adds `name`, a copy of the small network in which the lowest number of one tensor is another.
  ///
  /// The bytes of that number, which the statistics tell, are looked for in the file and replaced.
  @discardableResult
  func addCopy(_ name: String, changing tensor: String, _ change: (Float) -> Float) throws -> Edit {
    var bytes = try Fixtures.bytes("keras/mobilenet_hosted_no_top.h5")
    let before = Float(try #require(try statistics(of: tensor, in: Fixtures.small)["min"] as? Double))
    let after = change(before)
    let place = try #require(bytes.range(of: littleEndian(before)))
    try #require(bytes.range(of: littleEndian(before), in: place.upperBound..<bytes.endIndex) == nil)
    bytes.replaceSubrange(place, with: littleEndian(after))
    try write(name, bytes)
    return Edit(before: before, after: after)
  }

  /// The object `stats` of one tensor in what `inspect` tells of `file`.
  func statistics(of tensor: String, in file: String) throws -> [String: Any] {
    let found = try object(Tool.output(["inspect", file, "--stats", "--json"], in: self))
    let parts = tensor.split(separator: "/").map(String.init)
    let layers = try #require(found["layers"] as? [[String: Any]])
    let layer = try #require(layers.first { $0["name"] as? String == parts[0] })
    let tensors = try #require(layer["tensors"] as? [[String: Any]])
    return try #require(tensors.first { $0["name"] as? String == parts[1] }?["stats"] as? [String: Any])
  }

  private func littleEndian(_ number: Float) -> Data {
    withUnsafeBytes(of: number.bitPattern.littleEndian) { Data($0) }
  }
}
