import ImageFiles
import Testing

@Suite struct ResizeTests {
  @Test(arguments: Fixtures.expected.resized)
  func `floats are TensorFlow's to the bit`(_ expected: Fixtures.Resized) throws {
    let image = try ImageDecoder.decode(Fixtures.image(expected.file))
    let floats = Resize.bilinear(image, height: expected.height, width: expected.width)
    #expect(floats.count == expected.height * expected.width * 3)
    #expect(Array(floats.prefix(6)) == expected.first.prefix(floats.count) + [])
    #expect(fnv1a(floats) == expected.fnv1a)

    let input = NetworkInput(height: expected.height, width: expected.width, divisor: 127.5, offset: -1)
    let prepared = [Float](unsafeUninitializedCapacity: input.elementCount) { target, count in
      Resize.bilinear(image, for: input, into: target)
      count = input.elementCount
    }
    #expect(fnv1a(prepared) == expected.preparedFnv1a)
  }

  @Test func `half-pixel centres, by hand`() {
    let image = RGBImage(height: 1, width: 2, pixels: [0, 10, 20, 100, 110, 120])
    // The centres of four pixels lie at −0.25, 0.25, 0.75 and 1.25 of the two.
    let expected: [Float] = [0, 10, 20, 25, 35, 45, 75, 85, 95, 100, 110, 120]
    #expect(Resize.bilinear(image, height: 1, width: 4) == expected)
    #expect(Resize.bilinear(image, height: 1, width: 1) == [50, 60, 70])
  }
}
