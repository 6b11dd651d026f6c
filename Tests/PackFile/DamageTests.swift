import ModelGraph
import PackFile
import Testing

/// Whatever happens to a file's bytes, it gives an error or a pack that is written back to the same bytes.
@Suite struct DamageTests {
  private func isAccepted(_ bytes: [UInt8]) -> Bool { (try? PackFile.decode(bytes)) != nil }

  private func expectErrorOrSamePack(_ bytes: [UInt8], _ what: @autoclosure () -> Comment) {
    do {
      let pack = try PackFile.decode(bytes)
      #expect((try? PackFile.encode(pack)) == bytes, what())
    } catch {}
  }

  @Test func everyTruncationIsAnError() {
    let bytes = SpecifiedPack().bytes
    let survivors = (0..<bytes.count).filter { isAccepted(Array(bytes.prefix($0))) }
    #expect(survivors.isEmpty)
  }

  @Test func everyTruncationWithItsLengthSetRightIsAnError() {
    let bytes = SpecifiedPack().bytes
    for length in 32..<bytes.count {
      var cut = Array(bytes.prefix(length))
      for index in 0..<8 { cut[16 + index] = UInt8(length >> (8 * index) & 0xff) }
      #expect(throws: PackError.self) { try PackFile.decode(sealedPack(cut)) }
    }
  }

  /// The checksum alone finds each; the bytes of the preamble have their own errors.
  @Test func everyFlipOfAHeaderByteIsAnError() {
    var bytes = SpecifiedPack().bytes
    var survivors: [(index: Int, flip: UInt8)] = []
    for index in 0..<SpecifiedPack().headerEnd {
      let original = bytes[index]
      for flip in 1...255 as ClosedRange<UInt8> {
        bytes[index] = original ^ flip
        if isAccepted(bytes) { survivors.append((index, flip)) }
      }
      bytes[index] = original
    }
    #expect(survivors.isEmpty)
  }

  /// Files of every kind, as the writer makes them: what is deflated by hand would be written otherwise.
  private func written(_ pack: SpecifiedPack) throws -> [UInt8] {
    try PackFile.encode(try PackFile.decode(pack.bytes))
  }

  static let sound: [SpecifiedPack] = [SpecifiedPack(), .typed, .original, .compressed]

  /// With the checksum set right, as an attacker would, the rules behind it must hold.
  @Test(arguments: sound.indices)
  func everyFlipUnderARightChecksumIsAnErrorOrAPack(_ kind: Int) throws {
    var bytes = try written(DamageTests.sound[kind])
    for index in 8..<DamageTests.sound[kind].headerEnd {
      let original = bytes[index]
      for flip in [1, 2, 4, 8, 16, 32, 64, 128, 0x7f, 0xff] as [UInt8] {
        bytes[index] = original ^ flip
        expectErrorOrSamePack(sealedPack(bytes), "byte \(index) flipped by \(flip)")
      }
      bytes[index] = original
    }
  }

  /// Many bytes at once, lengths and counts among them.
  @Test(arguments: 0..<4 as Range<UInt64>, sound.indices)
  func randomDamageUnderARightChecksumIsAnErrorOrAPack(_ seed: UInt64, _ kind: Int) throws {
    var random = SplitMix64(seed: seed)
    let original = try written(DamageTests.sound[kind])
    for round in 0..<3000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 16..<bytes.count, using: &random)
        bytes[index] =
          [0, 1, 0x7f, 0x80, 0xff, UInt8.random(in: 0...255, using: &random)].randomElement(using: &random)
          ?? 0
      }
      expectErrorOrSamePack(sealedPack(bytes), "seed \(seed), round \(round)")
    }
  }

  @Test func everyFlipOfADataByteIsAnError() {
    let bytes = SpecifiedPack().bytes
    for index in SpecifiedPack().headerEnd..<bytes.count {
      var flipped = bytes
      flipped[index] ^= 0x10
      #expect(throws: PackError.self) { try PackFile.decode(flipped) }
    }
  }
}

/// The same bytes with the header's checksum computed anew, as far as the header lies within the file.
func sealedPack(_ bytes: [UInt8]) -> [UInt8] {
  let length = (0..<4).reduce(0) { $0 | Int(bytes[24 + $1]) << (8 * $1) }
  guard length <= bytes.count - 32 else { return bytes }
  let crc = Bytes(all: Array(bytes[..<28] + bytes[32..<32 + length])).crc
  return Array(bytes[..<28]) + Bytes.u32(crc).all + Array(bytes[32...])
}
