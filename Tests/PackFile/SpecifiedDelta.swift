import ModelGraph
import PackFile
import SystemFiles

/// A delta put together by hand after DELTA.md, every field of it open to damage: of the tiny network's dense layer
/// the trained channel of the kernel, and the bias.
struct SpecifiedDelta: Sendable {
  var magic: [UInt8] = [0x89, 0x4D, 0x4C, 0x44, 0x0D, 0x0A, 0x1A, 0x0A]
  var version: UInt32 = 1
  var features: UInt32 = 0
  var addedLength: UInt64 = 0
  var headerLength: UInt32?
  var headerCRC: UInt32?

  /// The file that it is for.
  var base = SpecifiedPack().bytes
  var baseDigest: String
  var resultDigest: String
  var dataCRC: UInt32?
  /// A payload and a form each.
  var entries: [Bytes]
  /// Preamble and header of the result.
  var front: [UInt8]
  var afterFront = Bytes()
  var data: Bytes

  /// Elements 1, 3, … of the kernel, which are its channel 1.
  static let channel: [Float] = (0..<8).map { Float($0) / 4 - 1 }
  static let bias: [Float] = [0.5, -2]

  /// The file that it gives.
  static let result: SpecifiedPack = {
    var pack = SpecifiedPack()
    let kernel = (0..<16).map { $0 % 2 == 1 ? channel[$0 / 2] : SpecifiedPack.denseKernel[$0] }
    pack.setPayload(5, .floats(kernel))
    pack.setPayload(6, .floats(bias))
    return pack
  }()

  init() {
    let result = SpecifiedDelta.result
    baseDigest = SpecifiedDelta.sha256(base)
    resultDigest = SpecifiedDelta.sha256(result.bytes)
    entries = [.u32(5) + .u8(2), .u32(6) + .u8(0)]
    front = Array(result.bytes[..<result.headerEnd])
    data = .floats(SpecifiedDelta.channel) + .floats(SpecifiedDelta.bias)
  }

  /// The same with the kernel in half precision, which has all of its values.
  static let halved: SpecifiedDelta = {
    var delta = SpecifiedDelta()
    delta.entries[0] = .u32(5) + .u8(3)
    delta.data = .join(channel.map { .f16(Float16($0)) }) + .floats(bias)
    return delta
  }()

  static func sha256(_ bytes: [UInt8]) -> String {
    var digest = Digest()
    digest.update(bytes)
    return digest.hex()
  }

  var fields: Bytes {
    .text(baseDigest) + .text(resultDigest) + .u32(dataCRC ?? data.crc) + .list(entries)
  }

  var bytes: [UInt8] {
    let header = fields + Bytes(all: front) + afterFront
    let length = UInt64(32 + header.all.count + data.all.count) + addedLength
    let preamble =
      Bytes(all: magic) + .u32(version) + .u32(features) + .u64(length)
      + .u32(headerLength ?? UInt32(header.all.count))
    return (preamble + .u32(headerCRC ?? (preamble + header).crc) + header + data).all
  }

  /// Lets the result's preamble say that it is so long.
  mutating func setResultLength(_ length: UInt64) {
    let preamble = Bytes(all: Array(front[..<16])) + .u64(length) + Bytes(all: Array(front[24..<28]))
    let header = Bytes(all: Array(front[32...]))
    front = (preamble + .u32((preamble + header).crc) + header).all
  }

  /// Offset of the form of an entry.
  func formOffset(_ entry: Int) -> Int { 32 + fields.all.count - 5 * (entries.count - entry) + 4 }
}
