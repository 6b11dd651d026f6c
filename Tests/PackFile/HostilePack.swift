import ModelGraph
import PackFile
import Testing

/// A file that breaks one rule of FORMAT.md, and the exact error that it must give.
struct HostilePack: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let bytes: [UInt8]
  let violation: PackViolation

  init(_ damage: Damage, _ violation: PackViolation) {
    testDescription = damage.description
    bytes = damage.pack.bytes
    self.violation = violation
  }

  init(_ description: String, _ violation: PackViolation, _ damage: (inout SpecifiedPack) -> Void) {
    self.init(Damage(description, SpecifiedPack(), damage), violation)
  }

  static let all = preamble + fields + network + directory + masks + data + corrections + types + compression

  static let preamble: [HostilePack] = [
    HostilePack("another magic", .wrongMagic) { $0.magic[1] = 0x4E },
    HostilePack("carriage return lost in a transfer as text", .wrongMagic) {
      $0.magic = [0x89, 0x4D, 0x4C, 0x50, 0x0A, 0x1A, 0x0A, 0x0A]
    },
    HostilePack("version 0", .unsupportedVersion(0)) { $0.version = 0 },
    HostilePack("version 2", .unsupportedVersion(2)) { $0.version = 2 },
    HostilePack("a feature of the future", .unknownFeatures(0x8000_0001)) { $0.features = 0x8000_0001 },
    Damage("a length beyond the file") {
      $0.addedLength = 1
    }
    .gives { .wrongLength(stored: UInt64($0.bytes.count) + 1, found: $0.bytes.count) },
    Damage("a length that no number has") {
      $0.addedLength = .max - UInt64($0.bytes.count)
    }
    .gives { .wrongLength(stored: .max, found: $0.bytes.count) },
    Damage("a header beyond the file") {
      $0.headerLength = UInt32($0.bytes.count)
    }
    .gives { .wrongHeaderLength($0.bytes.count) },
    HostilePack("a header of 4 GiB", .wrongHeaderLength(Int(UInt32.max))) { $0.headerLength = .max },
    Damage("a header that was cut") { pack in
      pack.headerLength = 0
      var empty = pack
      empty.headerCRC = 0
      // Over the 28 bytes of the preamble alone.
      pack.headerCRC = Bytes(all: Array(empty.bytes[..<28])).crc
    }
    .gives { _ in .headerEndsEarly(at: 32) },
    Damage("another header checksum") { $0.headerCRC = 7 }
      .gives {
        .headerChecksum(stored: 7, computed: Bytes(all: Array($0.bytes[..<28] + $0.header.all[...])).crc)
      },
  ]

  static let fields: [HostilePack] = [
    Damage("a header that goes on") { $0.afterHeader = .u8(0) }
      .gives { .headerContinues(at: $0.headerEnd - 1) },
    Damage("a text beyond the header") { pack in
      pack.layers = [[.u16(1000)]]
      pack.tensors = []
      pack.corrections = []
      pack.payloads = []
    }
    .gives { .headerEndsEarly(at: $0.layersOffset + 6) },
    HostilePack("a text of 1024 bytes", .textTooLong(at: 32, length: 1024)) {
      $0.name = .text(String(repeating: "x", count: 1024))
    },
    HostilePack("a text that is not UTF-8", .badText(at: 32)) {
      $0.name = .u16(2) + Bytes(all: [0xC3, 0x28])
    },
    HostilePack("an overlong zero", .badText(at: 32)) { $0.name = .u16(2) + Bytes(all: [0xC0, 0x80]) },
    Damage("a label with an escape") { $0.labels[1] = .text("\u{1B}[2J") }
      .gives { .badText(at: $0.labelsOffset + 4 + 5) },
    Damage("a layer with a line's end") {
      $0.layers[1][0] = .text("conv\n")
    }
    .gives { .badText(at: $0.offset(layer: 1, field: 0)) },
    Damage("a source with a zero byte") { $0.source = .text("a\0") }
      .gives { .badText(at: $0.digestOffset - 4) },
    Damage("a reserved field in use") {
      $0.layers[2][3] = .u16(0x0100)
    }
    .gives { .reservedNotZero(at: $0.offset(layer: 2, field: 3)) },
    Damage("a trainable of 2") {
      $0.layers[0][2] = .u8(2)
    }
    .gives { .badBoolean(at: $0.offset(layer: 0, field: 2), value: 2) },
    Damage("a bias of 255") {
      $0.layers[4][6] = .u8(255)
    }
    .gives { .badBoolean(at: $0.offset(layer: 4, field: 6), value: 255) },
    Damage("operation 0") {
      $0.layers[3][1] = .u8(0)
    }
    .gives { .unknownCode(.operation, at: $0.offset(layer: 3, field: 1), value: 0) },
    Damage("operation 15") {
      $0.layers[3][1] = .u8(15)
    }
    .gives { .unknownCode(.operation, at: $0.offset(layer: 3, field: 1), value: 15) },
    Damage("activation 3") {
      $0.layers[4][7] = .u8(3)
    }
    .gives { .unknownCode(.activation, at: $0.offset(layer: 4, field: 7), value: 3) },
    Damage("padding 2") {
      $0.layers[1][6] = SpecifiedPack.window(1, padding: 2)
    }
    .gives { .unknownCode(.padding, at: $0.offset(layer: 1, field: 6) + 16, value: 2) },
    Damage("weight 8") {
      $0.tensors[0].fields[1] = .u8(8)
    }
    .gives { .unknownCode(.weight, at: $0.offset(tensor: 0, field: 1), value: 8) },
    Damage("mask 3") {
      $0.tensors[0].fields[4] = .u8(3)
    }
    .gives { .unknownCode(.mask, at: $0.offset(tensor: 0, field: 4), value: 3) },
    HostilePack("preprocessing by zero", .badPreprocessing(divisor: 0, offset: -1)) { $0.divisor = 0 },
    HostilePack("preprocessing to infinity", .badPreprocessing(divisor: 1, offset: .infinity)) {
      $0.divisor = 1
      $0.offset = .infinity
    },
    HostilePack("a digest in capitals", .badDigest(String(repeating: "0A", count: 32))) {
      $0.digest = String(repeating: "0A", count: 32)
    },
    HostilePack("a digest of 63 digits", .badDigest(String(repeating: "0", count: 63))) {
      $0.digest = String(repeating: "0", count: 63)
    },
    HostilePack("labels beyond the limit", .tooMany(.labels, count: 65537, limit: 65536)) {
      $0.labels = [Bytes](repeating: .u16(0), count: 65537)
    },
    HostilePack("layers beyond the limit", .tooMany(.layers, count: 4097, limit: 4096)) {
      $0.layers = [[Bytes]](repeating: [], count: 4097)
    },
    HostilePack("four billion inputs", .tooMany(.inputs, count: Int(UInt32.max), limit: 16)) {
      $0.layers[1][4] = .u32(.max)
    },
    HostilePack("five dimensions", .tooMany(.dimensions, count: 5, limit: 4)) {
      $0.layers[0][5] = .shape(1, 1, 1, 1, 1)
    },
    HostilePack("ranges beyond the limit", .tooMany(.ranges, count: 65537, limit: 65536)) {
      $0.tensors[5].fields[5] = .u32(65537)
    },
  ]
}

/// A sound file after some damage, for errors that depend on where it is.
struct Damage {
  let description: String
  private(set) var pack: SpecifiedPack

  init(
    _ description: String, _ sound: SpecifiedPack = SpecifiedPack(), _ damage: (inout SpecifiedPack) -> Void
  ) {
    self.description = description
    pack = sound
    damage(&pack)
  }

  func gives(_ violation: (SpecifiedPack) -> PackViolation) -> HostilePack {
    HostilePack(self, violation(pack))
  }
}
