import ImageFiles
import Testing

@Suite struct FittingTests {
  @Test(arguments: Fixtures.expected.fitted)
  func `floats are Keras's to the bit`(_ expected: Fixtures.Fitted) throws {
    let fitting = try #require(AspectFitting(rawValue: expected.fitting))
    let image = try ImageDecoder.decode(Fixtures.image(expected.file))
    let identity = NetworkInput(height: expected.height, width: expected.width, divisor: 1, offset: 0)
    #expect(fnv1a(prepared(image, identity, fitting)) == expected.fnv1a)
  }

  @Test func `padding is what black is to the network`() {
    let white = RGBImage(height: 1, width: 2, pixels: [UInt8](repeating: 255, count: 6))
    let input = NetworkInput(height: 4, width: 4, divisor: 127.5, offset: -1)
    let rows = prepared(white, input, .pad)
    #expect(Array(rows[..<12]) == [Float](repeating: -1, count: 12))
    #expect(Array(rows[12..<36]) == [Float](repeating: 1, count: 24))
    #expect(Array(rows[36...]) == [Float](repeating: -1, count: 12))
  }

  @Test func `what would vanish keeps a pixel`() {
    let line = RGBImage(height: 1, width: 100, pixels: [UInt8](repeating: 255, count: 300))
    let input = NetworkInput(height: 4, width: 4, divisor: 1, offset: 0)
    #expect(prepared(line, input, .pad).count(where: { $0 == 255 }) == 12)
    #expect(prepared(line, input, .crop) == [Float](repeating: 255, count: 48))
  }

  private func prepared(_ image: RGBImage, _ input: NetworkInput, _ fitting: AspectFitting) -> [Float] {
    [Float](unsafeUninitializedCapacity: input.elementCount) { target, count in
      Resize.bilinear(image, for: input, fitting: fitting, into: target)
      count = input.elementCount
    }
  }
}
