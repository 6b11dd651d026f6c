import ImageFiles
import Testing

@Suite struct AugmentationTests {
  private static let all: Augmentation = [.flip, .crop, .color, .rotate]
  private let input = NetworkInput(height: 12, width: 10, divisor: 127.5, offset: -1)
  private let images = Fixtures.expected.decoded.prefix(12).map { Fixtures.image($0.file) }

  /// Every image by itself, in the order of the list.
  private func loaded(
    _ images: [ImageReference], _ augmentation: Augmentation, seed: UInt64 = 0, positions: [Int]? = nil,
    size: Int = 5, view: Int = 0
  ) -> [[Float]] {
    let loader = ImageLoader(input: input, augmentation: augmentation, seed: seed)
    return loader.batches(of: images, positions: positions, size: size, view: view).flatMap { batch in
      (0..<batch.indices.count).map { Array(batch.pixels[$0 * 360..<($0 + 1) * 360]) }
    }
  }

  @Test func `what is drawn follows from seed, view and position alone`() {
    let once = loaded(images, Self.all)
    #expect(once.count == images.count)
    #expect(loaded(images, Self.all, size: 1) == once)
    #expect(loaded(images, Self.all, size: 12) == once)
    let backwards = loaded(images.reversed(), Self.all, positions: images.indices.reversed())
    #expect(Array(backwards.reversed()) == once)
    #expect(loaded([images[7]], Self.all, positions: [7]) == [once[7]])
  }

  @Test func `another seed, view or position draws something else`() {
    let same = [ImageReference](repeating: images[0], count: 12)
    let once = loaded(same, Self.all)
    #expect(Set(once).count == 12)
    #expect(Set(once).isDisjoint(with: loaded(same, Self.all, seed: 1)))
    #expect(Set(once).isDisjoint(with: loaded(same, Self.all, view: 1)))
  }

  @Test func `no augmentation is the image, whatever the seed and the view`() {
    #expect(loaded(images, [], seed: 1, view: 3) == loaded(images, []))
  }

  @Test(arguments: Augmentation.named.map(\.augmentation))
  func `each kind changes images, and stays in range`(_ kind: Augmentation) {
    let plain = loaded(images, [])
    let varied = loaded(images, kind)
    #expect(zip(plain, varied).contains { $0 != $1 })
    #expect(varied.joined().allSatisfy { (-1...1).contains($0) })
  }

  @Test func `half of the images are flipped`() throws {
    let many = [ImageReference](repeating: images[0], count: 100)
    let plain = try #require(loaded([images[0]], []).first)
    let flipped = loaded(many, .flip).count { $0 != plain }
    // Six standard deviations of a binomial count.
    #expect(abs(flipped - 50) < 30)
  }

  @Test func `a kind draws the same whatever else is asked for`() throws {
    // A flip of the cropped is the same crop, flipped.
    let crops = loaded(images, .crop)
    let both = loaded(images, [.crop, .flip])
    for (crop, both) in zip(crops, both) {
      let columns = (0..<120).map { (pixel: Int) in (pixel / 10) * 10 + 9 - pixel % 10 }
      let mirrored = columns.flatMap { crop[3 * $0..<3 * $0 + 3] }
      #expect(both == crop || both == mirrored)
    }
  }

  @Test func `draws are those of the documented generator`() throws {
    // SplitMix64's first number for a seed.
    func m(_ seed: UInt64) -> UInt64 {
      var z = seed &+ 0x9E37_79B9_7F4A_7C15
      z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
      return z ^ z >> 31
    }
    let plain = try #require(loaded([images[0]], []).first)
    let positions = [0, 1, 2, 3, 5, 100, 1_000, 1 << 40]
    let same = [ImageReference](repeating: images[0], count: positions.count)
    for (seed, view) in [(0, 0), (7, 2)] as [(UInt64, Int)] {
      let flipped = loaded(same, .flip, seed: seed, positions: positions, view: view).map { $0 != plain }
      let expected = positions.map { index in
        // The highest bit of the first number decides; 1 stands for flip.
        m(m(m(m(seed ^ m(UInt64(view))) ^ m(UInt64(index))) ^ m(1))) >> 63 == 0
      }
      #expect(flipped == expected)
    }
  }

  @Test func `crops show between half and all of the image`() throws {
    let folder = try TemporaryFolder()
    // Each pixel says where it is: red across, green down.
    let side = 200
    let path = try folder.file("ramp.bmp", ramp(side: side))
    let identity = NetworkInput(height: 100, width: 100, divisor: 1, offset: 0)
    let many = [ImageReference](repeating: ImageReference(path), count: 100)
    let loader = ImageLoader(input: identity, augmentation: .crop)
    var areas: [Float] = []
    for batch in loader.batches(of: many, size: 25) {
      for place in 0..<batch.indices.count {
        let (first, last) = (place * 30_000, (place + 1) * 30_000 - 3)
        // From the middle of the first of a hundred pixels to that of the last.
        let width: Float = (batch.pixels[last] - batch.pixels[first]) / 0.99
        let height: Float = (batch.pixels[last + 1] - batch.pixels[first + 1]) / 0.99
        areas.append(width * height / Float(side * side))
        #expect(width / height > 0.72 && width / height < 1.39)
      }
    }
    #expect(areas.allSatisfy { $0 > 0.48 && $0 < 1.02 })
    #expect((areas.min() ?? 1) < 0.55)
    #expect((areas.max() ?? 0) > 0.9)
  }

  /// A BMP of 24 bits, rows from the top; `side` is a multiple of four.
  private func ramp(side: Int) -> [UInt8] {
    func bytes(_ value: Int) -> [UInt8] { withUnsafeBytes(of: Int32(value).littleEndian, Array.init) }
    var file = Array("BM".utf8)
    for value in [0, 0, 54, 40, side, -side, 1 | 24 << 16, 0, 0, 0, 0, 0, 0] { file += bytes(value) }
    for y in 0..<side {
      for x in 0..<side { file += [0, UInt8(y), UInt8(x)] }
    }
    return file
  }
}
