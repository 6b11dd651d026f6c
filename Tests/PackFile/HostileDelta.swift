import ModelGraph
import PackFile
import Testing

/// A delta that breaks one rule of DELTA.md, and the exact error that it must give.
struct HostileDelta: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let delta: SpecifiedDelta
  let violation: DeltaViolation

  init(
    _ description: String, _ violation: DeltaViolation, _ damage: (inout SpecifiedDelta) -> Void
  ) {
    self.init(description, { _ in violation }, damage)
  }

  init(
    _ description: String, _ violation: (SpecifiedDelta) -> DeltaViolation,
    _ damage: (inout SpecifiedDelta) -> Void
  ) {
    testDescription = description
    var delta = SpecifiedDelta()
    damage(&delta)
    self.delta = delta
    self.violation = violation(delta)
  }

  static let all = fields + fronts + entries + data + applications

  static let fields: [HostileDelta] = [
    HostileDelta("a pack", .field(.wrongMagic)) { $0.magic[3] = 0x50 },
    HostileDelta("version 2", .field(.unsupportedVersion(2))) { $0.version = 2 },
    HostileDelta("a feature of the future", .field(.unknownFeatures(1))) { $0.features = 1 },
    HostileDelta(
      "a length beyond the file",
      { .field(.wrongLength(stored: UInt64($0.bytes.count) + 1, found: $0.bytes.count)) }
    ) { $0.addedLength = 1 },
    HostileDelta("a header of 4 GiB", .field(.wrongHeaderLength(Int(UInt32.max)))) { $0.headerLength = .max },
    HostileDelta(
      "another header checksum",
      { delta in
        let header = delta.fields + Bytes(all: delta.front)
        return .field(
          .headerChecksum(stored: 7, computed: (Bytes(all: Array(delta.bytes[..<28])) + header).crc))
      }
    ) { $0.headerCRC = 7 },
    HostileDelta("a digest in capitals", .field(.badDigest(String(repeating: "0A", count: 32)))) {
      $0.baseDigest = String(repeating: "0A", count: 32)
    },
    HostileDelta("a digest that is empty", .field(.badDigest(""))) { $0.resultDigest = "" },
    HostileDelta("payloads beyond the limit", .field(.tooMany(.payloads, count: 65537, limit: 65536))) {
      $0.entries = [Bytes](repeating: .u32(0) + .u8(0), count: 65537)
    },
    HostileDelta(
      "a form of the future", { .field(.unknownCode(.form, at: $0.formOffset(1), value: 4)) }
    ) { $0.entries[1] = .u32(6) + .u8(4) },
  ]

  static let fronts: [HostileDelta] = [
    HostileDelta("nothing of the result", .pack(.tooShort(length: 0))) { $0.front = [] },
    HostileDelta("a delta of a delta", .pack(.wrongMagic)) { $0.front[3] = 0x44 },
    HostileDelta("a result's header that was cut", { .pack(.wrongHeaderLength($0.front.count - 31)) }) {
      $0.front.removeLast()
    },
    HostileDelta(
      "a result longer than all memory", { .pack(.wrongLength(stored: 1 << 63, found: $0.front.count)) }
    ) { $0.setResultLength(1 << 63) },
    HostileDelta("a result shorter than its tensors", .pack(.payloadBeyondFile(payload: "conv_bn/gamma"))) {
      $0.setResultLength(UInt64(SpecifiedDelta.result.dataStart) + 8)
    },
    HostileDelta("a header that goes on", .frontContinues(extra: 1)) { $0.afterFront = .u8(0) },
  ]

  static let entries: [HostileDelta] = [
    HostileDelta("payloads out of order", .badEntry(1, index: 5, payloads: 8)) { $0.entries.swapAt(0, 1) },
    HostileDelta("a payload twice", .badEntry(1, index: 5, payloads: 8)) { $0.entries[1] = $0.entries[0] },
    HostileDelta("a payload that is not there", .badEntry(1, index: 8, payloads: 8)) {
      $0.entries[1] = .u32(8) + .u8(0)
    },
    HostileDelta("a payload beyond all numbers", .badEntry(0, index: Int(UInt32.max), payloads: 8)) {
      $0.entries[0] = .u32(.max) + .u8(0)
    },
    HostileDelta("a vector in half precision", .badForm(payload: "dense/bias")) {
      $0.entries[1] = .u32(6) + .u8(1)
    },
    HostileDelta("channels of a tensor that is trained whole", .badForm(payload: "dense/bias")) {
      $0.entries[1] = .u32(6) + .u8(2)
    },
    HostileDelta("channels of a frozen tensor", .badForm(payload: "conv/kernel")) {
      $0.entries[0] = .u32(0) + .u8(3)
    },
    HostileDelta("a correction in half precision", .badForm(payload: "correction of conv")) {
      $0.entries[1] = .u32(7) + .u8(1)
    },
  ]

  static let data: [HostileDelta] = [
    HostileDelta("a byte too few", .dataEndsEarly(payload: "dense/bias")) { $0.data.all.removeLast() },
    HostileDelta("no data", .dataEndsEarly(payload: "dense/kernel")) { $0.data = Bytes() },
    HostileDelta("a byte too many", { .dataContinues(at: $0.bytes.count - 1) }) { $0.data.all.append(0) },
    HostileDelta("more than the trained channels", .dataEndsEarly(payload: "dense/bias")) {
      $0.entries[0] = .u32(5) + .u8(1)
      $0.data.all.removeLast(4)
    },
    HostileDelta(
      "a flipped bit", { .dataChecksum(stored: SpecifiedDelta().data.crc, computed: $0.data.crc) }
    ) {
      $0.dataCRC = $0.data.crc
      $0.data.all[3] ^= 1
    },
  ]

  /// Deltas that are well formed, and do not give what they should.
  static let applications: [HostileDelta] = [
    HostileDelta(
      "another base",
      .otherBase(
        "memory", expected: String(repeating: "0", count: 64), found: SpecifiedDelta().baseDigest)
    ) { $0.baseDigest = String(repeating: "0", count: 64) },
    HostileDelta("channels of a layer that the base lacks", .missingPayload("dense/kernel")) { delta in
      var base = SpecifiedPack()
      base.layers[4][0] = .text("other")
      delta.base = base.bytes
      delta.baseDigest = SpecifiedDelta.sha256(delta.base)
    },
    HostileDelta("a tensor of a layer that the base lacks", .missingPayload("dense/bias")) { delta in
      var base = SpecifiedPack()
      base.layers[4][0] = .text("other")
      delta.base = base.bytes
      delta.baseDigest = SpecifiedDelta.sha256(delta.base)
      delta.entries = [.u32(5) + .u8(0)]
      delta.data = SpecifiedDelta.result.payloads[5]
    },
    HostileDelta(
      "a tensor that was trained and is not carried",
      .result(
        .payloadChecksum(
          payload: "dense/bias", stored: Bytes.floats(SpecifiedDelta.bias).crc,
          computed: Bytes.floats([1, 1]).crc))
    ) {
      $0.entries.removeLast()
      $0.data = .floats(SpecifiedDelta.channel)
    },
    HostileDelta(
      "another result",
      .otherResult(expected: String(repeating: "f", count: 64), found: SpecifiedDelta().resultDigest)
    ) { $0.resultDigest = String(repeating: "f", count: 64) },
  ]
}
