import Foundation
import ImageFiles
import Testing

@Suite struct DecodingTests {
  @Test(arguments: Fixtures.expected.decoded)
  func `pixels are TensorFlow's to the bit`(_ expected: Fixtures.Decoded) throws {
    let image = try ImageDecoder.decode(Fixtures.image(expected.file))
    #expect(image.height == expected.height)
    #expect(image.width == expected.width)
    #expect(image.pixels.elementsEqual(expected.pixels))
  }

  @Test func `every fixture is expected`() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Fixtures.folder.path)
    let images = files.filter { $0 != "expected.json" && $0 != "photo.jpg" }
    #expect(images.sorted() == Fixtures.expected.decoded.map(\.file).sorted())
  }

  @Test func `content decides, not the name`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("a.jpg", Fixtures.bytes("png_rgb_8.png"))
    #expect(
      try ImageDecoder.decode(ImageReference(path)) == ImageDecoder.decode(Fixtures.image("png_rgb_8.png")))
  }

  @Test(arguments: [
    "jpeg_420.jpg", "jpeg_progressive.jpg", "jpeg_ycck.jpg", "png_rgb_8.png", "png_rgba_16_interlaced.png",
    "webp_lossy_alpha.webp", "webp_lossless.webp", "webp_exif_6.webp", "bmp_24.bmp", "bmp_4_palette.bmp",
  ])
  func `a file cut anywhere is refused`(_ name: String) throws {
    let bytes = try Fixtures.bytes(name)
    for count in 0..<bytes.count {
      #expect(throws: ImageError.self, "\(count) bytes") { try decode(Array(bytes[..<count])) }
    }
  }

  @Test(arguments: [
    "exif_6.jpg", "jpeg_progressive.jpg", "jpeg_cmyk_adobe.jpg", "png_palette_4_interlaced.png",
    "png_exif_8.png", "webp_lossy.webp", "webp_exif_6.webp", "bmp_32_bit_fields.bmp", "bmp_8_palette.bmp",
  ])
  func `a file with one byte changed gives an image or an error`(_ name: String) throws {
    let bytes = try Fixtures.bytes(name)
    var decoded = 0
    for offset in bytes.indices {
      for change in [0x01, 0x80, 0xFF] as [UInt8] {
        var changed = bytes
        changed[offset] ^= change
        if let image = try? decode(changed) {
          #expect(image.pixels.count == image.height * image.width * 3)
          decoded += 1
        }
      }
    }
    #expect(decoded < 3 * bytes.count)
  }

  @Test func `errors name the file and the reason`() throws {
    #expect(throws: ImageError.notFound(file: "/no/such.jpg")) {
      try ImageDecoder.decode(ImageReference("/no/such.jpg"))
    }
    #expect(throws: ImageError.notAnImage(file: "a")) { try decode(Array("hello".utf8), name: "a") }
    #expect(throws: ImageError.unsupported(file: "a", what: "GIF")) {
      try decode(Array("GIF89a".utf8), name: "a")
    }
    #expect(throws: ImageError.damaged(file: "a", format: "image", why: "the file is empty")) {
      try decode([], name: "a")
    }
    let animated =
      Array("RIFF".utf8) + [22, 0, 0, 0] + Array("WEBPVP8X".utf8) + [10, 0, 0, 0, 2]
      + [UInt8](repeating: 0, count: 9)
    #expect(throws: ImageError.unsupported(file: "a", what: "an animated WebP")) {
      try decode(animated, name: "a")
    }
    var deep = try Fixtures.bytes("bmp_24.bmp")
    deep[28] = 16
    #expect(throws: ImageError.unsupported(file: "a", what: "a BMP of 16 bits with compression 0")) {
      try decode(deep, name: "a")
    }
    let cut = Array(try Fixtures.bytes("jpeg_420.jpg").dropLast(2))
    #expect(throws: ImageError.damaged(file: "a", format: "JPEG", why: "the file ends early")) {
      try decode(cut, name: "a")
    }
  }

  @Test func `what is no regular file is refused without waiting`() throws {
    let folder = try TemporaryFolder()
    try folder.pipe("pipe.jpg")
    #expect(throws: ImageError.self) {
      try ImageDecoder.decode(ImageReference(folder.path.appending("pipe.jpg")))
    }
    #expect(throws: ImageError.self) { try ImageDecoder.decode(ImageReference(folder.path)) }
  }

  @Test(arguments: [
    (0, 5), (5, 0), (1 << 20, 1), (65_536, 65_536), (60_000, 4_000), (UInt32.max, UInt32.max),
  ])
  func `a size that cannot be is refused before memory is asked for`(_ width: UInt32, _ height: UInt32) throws
  {
    var bytes = try Fixtures.bytes("png_rgb_8.png")
    for (offset, value) in [(16, width), (20, height)] {
      withUnsafeBytes(of: value.bigEndian) { bytes.replaceSubrange(offset..<offset + 4, with: $0) }
    }
    #expect(throws: ImageError.self) { try decode(bytes) }
  }
}
