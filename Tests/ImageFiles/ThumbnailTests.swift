import ImageFiles
import Testing

@Suite struct ThumbnailTests {
  @Test(arguments: [
    (500, 350, 160, 112), (160, 90, 160, 90), (65, 800, 13, 160), (161, 161, 160, 160),
    (1, 2_000, 1, 160),
    (40, 24, 40, 24),
  ])
  func `the longer side is 160 pixels at most, and the picture as before`(
    _ height: Int, _ width: Int, _ shownHeight: Int, _ shownWidth: Int
  ) throws {
    let bytes = try Thumbnail.jpeg(of: waves(height: height, width: width), name: "waves")
    let shown = try decoded(bytes)
    #expect((shown.height, shown.width) == (shownHeight, shownWidth))
    let expected = waves(height: shownHeight, width: shownWidth)
    #expect(meanDistance(shown, expected) < 6)
  }

  @Test func `fine stripes come out as their mean, not as coarse ones`() throws {
    let (height, width) = (320, 320)
    let stripes = (0..<height * width).flatMap { [UInt8](repeating: $0 % 2 == 0 ? 0 : 200, count: 3) }
    let shown = try decoded(
      Thumbnail.jpeg(of: RGBImage(height: height, width: width, pixels: stripes), name: "stripes"))
    #expect(shown.pixels.allSatisfy { (98...102).contains($0) })
  }

  @Test func `a photograph takes a few kilobytes`() throws {
    let image = waves(height: 384, width: 512)
    #expect(try Thumbnail.jpeg(of: image, name: "waves").count < 8_000)
  }

  /// Slow waves of colour, the same at any size.
  private func waves(height: Int, width: Int) -> RGBImage {
    func wave(_ position: Int, _ count: Int, _ times: Double) -> Double {
      let phase = ((Double(position) + 0.5) / Double(count) * times).truncatingRemainder(dividingBy: 1)
      return 4 * phase * (1 - phase)
    }
    let pixels = (0..<height).flatMap { y in
      (0..<width).flatMap { x in
        [wave(y, height, 1), wave(x, width, 1), wave(x, width, 2)].map { UInt8(20 + 200 * $0) }
      }
    }
    return RGBImage(height: height, width: width, pixels: pixels)
  }

  private func decoded(_ bytes: [UInt8]) throws -> RGBImage {
    let folder = try TemporaryFolder()
    return try ImageDecoder.decode(ImageReference(folder.file("thumbnail.jpg", bytes)))
  }

  private func meanDistance(_ a: RGBImage, _ b: RGBImage) -> Double {
    let total = zip(a.pixels, b.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    return Double(total) / Double(a.pixels.count)
  }
}
