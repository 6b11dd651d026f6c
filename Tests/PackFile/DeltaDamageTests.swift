import ModelGraph
import PackFile
import Testing

/// Whatever happens to a delta's bytes, it gives an error or the pack that it was made for.
@Suite struct DeltaDamageTests {
  private let base: DigestedPack
  private let sound = SpecifiedDelta().bytes
  private let headerEnd = SpecifiedDelta().bytes.count - SpecifiedDelta().data.all.count
  /// Where the result's preamble begins.
  private let frontStart = 32 + SpecifiedDelta().fields.all.count

  init() throws { base = try DigestedPack(decoding: SpecifiedPack().bytes) }

  /// Whether the bytes give a pack, which is then the one that they should give.
  private func gives(_ bytes: [UInt8], _ what: @autoclosure () -> Comment) -> Bool {
    do {
      let result = try DeltaFile.decode(bytes).applied(to: base).array
      #expect(result == SpecifiedDelta.result.bytes, what())
      return true
    } catch {
      #expect(error is DeltaError, what())
      return false
    }
  }

  @Test func everyTruncationIsAnError() {
    for length in 0..<sound.count {
      let cut = Array(sound.prefix(length))
      #expect(throws: DeltaError.self) { try DeltaFile.decode(cut) }
      guard length >= 32 else { continue }
      #expect(throws: DeltaError.self) { try DeltaFile.decode(sealed(withLength(cut))) }
    }
  }

  @Test func everyFlipOfAByteIsAnError() {
    var bytes = sound
    for index in sound.indices {
      let original = bytes[index]
      for flip in [1, 2, 4, 8, 16, 32, 64, 128, 0x7f, 0xff] as [UInt8] {
        bytes[index] = original ^ flip
        #expect(throws: DeltaError.self) { try DeltaFile.decode(bytes) }
      }
      bytes[index] = original
    }
  }

  /// With every checksum set right, as an attacker would; the digests alone are left to find it.
  @Test func everyFlipUnderRightChecksumsIsAnError() {
    var bytes = sound
    for index in 8..<sound.count {
      let original = bytes[index]
      for flip in [1, 16, 0xff] as [UInt8] {
        bytes[index] = original ^ flip
        // Checksums themselves are set right again.
        let repaired = sealed(bytes)
        #expect(
          !gives(repaired, "byte \(index) flipped by \(flip)") || repaired == sound,
          "byte \(index) flipped by \(flip)")
      }
      bytes[index] = original
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func randomDamageIsAnErrorOrTheResult(_ seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for round in 0..<500 {
      var bytes = sound
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 16..<bytes.count, using: &random)
        bytes[index] =
          [0, 1, 0x7f, 0x80, 0xff, UInt8.random(in: 0...255, using: &random)].randomElement(using: &random)
          ?? 0
      }
      if Bool.random(using: &random) {
        bytes.removeLast(Int.random(in: 0...(bytes.count - headerEnd), using: &random))
      }
      _ = gives(sealed(withLength(bytes)), "seed \(seed), round \(round)")
    }
  }

  private func withLength(_ bytes: [UInt8]) -> [UInt8] {
    Array(bytes[..<16]) + Bytes.u64(UInt64(bytes.count)).all + Array(bytes[24...])
  }

  /// The same bytes with the checksums of the data, of the result's header and of the header computed anew, as far as
  /// they lie within the file.
  private func sealed(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    if bytes.count >= headerEnd {
      let checksum = 32 + 2 * 66
      bytes.replaceSubrange(checksum..<checksum + 4, with: Bytes(all: Array(bytes[headerEnd...])).crcBytes)
    }
    seal(&bytes, from: frontStart)
    seal(&bytes, from: 0)
    return bytes
  }

  /// Sets the checksum of a preamble and its header right.
  private func seal(_ bytes: inout [UInt8], from start: Int) {
    guard bytes.count >= start + 32 else { return }
    let length = (0..<4).reduce(0) { $0 | Int(bytes[start + 24 + $1]) << (8 * $1) }
    guard length <= bytes.count - start - 32 else { return }
    let covered = Array(bytes[start..<start + 28] + bytes[start + 32..<start + 32 + length])
    bytes.replaceSubrange(start + 28..<start + 32, with: Bytes(all: covered).crcBytes)
  }
}

extension Bytes {
  fileprivate var crcBytes: [UInt8] { Bytes.u32(crc).all }
}
