import Foundation
import ImageFiles
import Testing

@Suite struct FloatImageTests {
  private func image(_ file: String) throws -> FloatImage {
    let image = try ImageDecoder.decode(Fixtures.image(file))
    return FloatImage(height: image.height, width: image.width, values: image.pixels.map(Float.init))
  }

  @Test(arguments: Fixtures.expected.rotated)
  func `rotation is that of Keras's RandomRotation`(_ expected: Fixtures.Rotated) throws {
    var image = try image(expected.file)
    image.rotate(degrees: expected.degrees)
    let values = expected.values.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    try #require(values.count == image.values.count)
    // A position may differ by what float32 makes of some twenty pixels, and neighbours by 255.
    #expect(zip(image.values, values).allSatisfy { abs($0 - $1) < 0.01 })
  }

  @Test(arguments: Fixtures.expected.coloured)
  func `colours change as in Pillow, up to its rounding`(_ expected: Fixtures.Coloured) throws {
    var image = try image(expected.file)
    switch expected.property {
    case "brightness": image.scaleBrightness(by: expected.factor)
    case "contrast": image.scaleContrast(by: expected.factor)
    default: image.scaleSaturation(by: expected.factor)
    }
    try #require(expected.pixels.count == image.values.count)
    #expect(zip(image.values, expected.pixels).allSatisfy { abs($0 - Float($1)) < 1.1 })
  }

  @Test func `flipping mirrors left to right`() {
    var image = FloatImage(height: 2, width: 3, values: (0..<18).map(Float.init))
    image.flip()
    #expect(image.values == [6, 7, 8, 3, 4, 5, 0, 1, 2, 15, 16, 17, 12, 13, 14, 9, 10, 11])
  }

  @Test func `a positive angle turns counter-clockwise`() {
    let (black, white) = ([0, 0, 0] as [Float], [255, 255, 255] as [Float])
    // White on the right goes to the top.
    var image = FloatImage(
      height: 3, width: 3,
      values: [black, black, black, black, black, white, black, black, black].flatMap { $0 })
    image.rotate(degrees: 90)
    #expect(image.values.map { $0.rounded() }[3..<6] == white[...])
    #expect(image.values.reduce(0, +).rounded() == 765)
  }
}
