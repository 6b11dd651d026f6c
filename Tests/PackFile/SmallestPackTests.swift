import ModelGraph
import PackFile
import Testing

/// All that a byte can do to the smallest pack, which is the one in FORMAT.md: every length, and every value of every
/// byte, with and without checksums that were set right again.
@Suite struct SmallestPackTests {
  private let sound: [UInt8]
  private let headerEnd: Int

  init() throws {
    sound = try Specification.smallestPack()
    headerEnd = 32 + Int(sound[24])
    #expect(sound.count > headerEnd)
  }

  /// An error, or a pack that is written back to the same bytes.
  ///
  /// - Returns: Whether it is a pack.
  private func isPack(_ bytes: [UInt8], _ what: @autoclosure () -> Comment) -> Bool {
    guard let pack = try? PackFile.decode(bytes) else { return false }
    #expect((try? PackFile.encode(pack)) == bytes, what())
    return true
  }

  @Test func everyLengthIsAnError() {
    for length in sound.indices {
      let cut = Array(sound[..<length])
      #expect(!isPack(cut, "\(length) bytes"), "\(length) bytes")
      guard length >= 32 else { continue }
      let told = Array(cut[..<16]) + Bytes.u64(UInt64(length)).all + Array(cut[24...])
      #expect(!isPack(sealedPack(told), "\(length) bytes"), "\(length) bytes, and it says so")
    }
  }

  @Test func everyValueOfEveryByteIsAnError() {
    var bytes = sound
    for index in sound.indices {
      for value in UInt8.min...UInt8.max where value != sound[index] {
        bytes[index] = value
        #expect(!isPack(bytes, "byte \(index) is \(value)"), "byte \(index) is \(value)")
      }
      bytes[index] = sound[index]
    }
  }

  /// A checksum that was changed is set right again, so that the pack is the sound one.
  @Test func everyValueUnderARightChecksumIsAnErrorOrAPack() {
    var packs = 0
    var bytes = sound
    for index in 0..<headerEnd {
      for value in UInt8.min...UInt8.max {
        bytes[index] = value
        packs += isPack(sealedPack(bytes), "byte \(index) is \(value)") ? 1 : 0
      }
      bytes[index] = sound[index]
    }
    // Names, labels and preprocessing may be others; what has one value has no other.
    #expect(packs > headerEnd)
    #expect(packs < 256 * headerEnd / 4)
  }
}
