import ImageFiles
import Testing

@Suite struct ImageLoaderTests {
  private let loader = ImageLoader(input: NetworkInput(height: 8, width: 6, divisor: 127.5, offset: -1))
  private let names = Fixtures.expected.decoded.map(\.file)

  /// One image, the simple way.
  private func alone(_ path: ImageReference) throws -> [Float] {
    let image = try ImageDecoder.decode(path)
    return Resize.bilinear(image, height: 8, width: 6).map { $0 / 127.5 + -1 }
  }

  @Test func `images come in order`() throws {
    let paths = names.map { Fixtures.image($0) }
    var broken: [BrokenImage] = []
    let pixels = [Float](unsafeUninitializedCapacity: paths.count * 144) { target, count in
      broken = loader.load(paths, into: target)
      count = paths.count * 144
    }
    #expect(broken.isEmpty)
    #expect(pixels == (try paths.flatMap { try alone($0) }))
  }

  @Test func `broken images are left out of a batch and reported`() throws {
    let folder = try TemporaryFolder()
    let broken = ImageReference(
      try folder.file("broken.jpg", Array(Fixtures.bytes("jpeg_420.jpg").prefix(400))))
    let (first, second) = (Fixtures.image("png_rgb_8.png"), Fixtures.image("jpeg_grey.jpg"))
    let paths = [first, broken, second, ImageReference("/no/such.png"), first, broken]
    let batches = Array(loader.batches(of: paths, size: 4))
    #expect(batches.map(\.range) == [0..<4, 4..<6])
    #expect(batches.map(\.indices) == [[0, 2], [4]])
    #expect(batches[0].pixels == (try alone(first) + alone(second)))
    #expect(batches[1].pixels == (try alone(first)))
    #expect(batches.map { $0.broken.map(\.index) } == [[1, 3], [5]])
    #expect(batches[0].broken[1].error == .notFound(file: "/no/such.png"))
    #expect(batches[0].broken[0].error.description.hasPrefix(broken.description))
  }

  @Test func `no files give no batches, and a batch may be all broken`() {
    #expect(Array(loader.batches(of: [], size: 3)).isEmpty)
    let batches = Array(loader.batches(of: [ImageReference("/no")], size: 3))
    #expect(batches.map(\.indices) == [[]])
    #expect(batches.map(\.pixels) == [[]])
  }

  @Test func `leaving early is harmless`() {
    let paths = (0..<50).map { Fixtures.image(names[$0 % names.count]) }
    for batch in loader.batches(of: paths, size: 5) {
      #expect(batch.indices == Array(0..<5))
      break
    }
  }
}
