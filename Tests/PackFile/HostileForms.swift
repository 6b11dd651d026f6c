import ModelGraph
import PackFile

/// Files whose types or compressed storage are not as FORMAT.md wants them.
extension HostilePack {
  private static let kernel = WeightID(layer: "conv", name: .kernel)
  private static let gamma = WeightID(layer: "conv_bn", name: .gamma)
  private static let dense = WeightID(layer: "dense", name: .kernel)
  private static let bias = WeightID(layer: "dense", name: .bias)

  private init(
    typed description: String, _ violation: PackViolation, _ damage: (inout SpecifiedPack) -> Void
  ) {
    self.init(Damage(description, .typed, damage), violation)
  }

  private init(
    compressed description: String, _ violation: PackViolation, _ damage: (inout SpecifiedPack) -> Void
  ) {
    self.init(Damage(description, .compressed, damage), violation)
  }

  static let types: [HostilePack] = [
    HostilePack("types announced, and none", .unusedFeatures(set: 1, used: 0)) {
      $0.features = 1
      $0.types = []
    },
    HostilePack("compression announced, and none", .unusedFeatures(set: 2, used: 0)) { $0.features = 2 },
    HostilePack(typed: "types not announced", .unusedFeatures(set: 0, used: 1)) {
      $0.features = 0
      $0.types = nil
    },
    HostilePack(compressed: "compression not announced", .unusedFeatures(set: 0, used: 2)) {
      $0.features = 0
    },
    HostilePack(typed: "more types than tensors", .tooMany(.types, count: 8, limit: 7)) {
      $0.types = [Bytes](repeating: SpecifiedPack.type(0, 2), count: 8)
    },
    Damage("an int8 variable", .typed) { $0.types?[1] = SpecifiedPack.type(1, 5) }
      .gives { .unknownCode(.type, at: $0.offset(type: 1) + 4, value: 5) },
    Damage("a variable without type", .typed) { $0.types?[1] = SpecifiedPack.type(1, 0) }
      .gives { .unknownCode(.type, at: $0.offset(type: 1) + 4, value: 0) },
    HostilePack(typed: "types out of order", .badTypeEntry(index: 2)) { $0.types?.swapAt(1, 2) },
    HostilePack(typed: "two types of one tensor", .badTypeEntry(index: 1)) {
      $0.types?[1] = SpecifiedPack.type(0, 2)
    },
    HostilePack(typed: "a type of no tensor", .badTypeEntry(index: 4)) {
      $0.types?[4] = SpecifiedPack.type(7, 3)
    },
    HostilePack(typed: "a type that goes without saying", .badTypeEntry(index: 4)) {
      $0.types?[4] = SpecifiedPack.type(5, 1)
    },
    HostilePack(typed: "approximate by nothing", .badError(kernel, 0)) {
      $0.types?[0] = SpecifiedPack.type(0, 1, error: 0)
    },
    HostilePack(typed: "approximate by less than nothing", .badError(dense, -1)) {
      $0.types?[4] = SpecifiedPack.type(5, 3, error: -1)
    },
    HostilePack(typed: "a trained int8", .badElementType(kernel, .int8, variable: .float32)) {
      $0.tensors[0].fields[4] = .u8(1)
    },
    HostilePack(typed: "a reduced vector", .badElementType(gamma, .float16, variable: .float32)) {
      $0.types?.remove(at: 1)
    },
    HostilePack(typed: "a vector reduced to int8", .badElementType(gamma, .int8, variable: .float16)) {
      $0.setTensor(1, type: 5, .floats([1, 1]) + .i8(1) + .i8(1))
    },
    HostilePack(typed: "a kernel reduced to more", .badElementType(kernel, .float64, variable: .float32)) {
      $0.setTensor(0, type: 4, .f64(1) + .f64(1))
    },
    HostilePack(typed: "a kernel reduced to as much", .badElementType(kernel, .float16, variable: .bfloat16))
    {
      $0.setTensor(0, type: 2, .f16(1) + .f16(1))
      $0.types?[0] = SpecifiedPack.type(0, 3, error: 1)
    },
    HostilePack(typed: "an approximate original", .approximateOriginal(gamma)) {
      $0.types?[1] = SpecifiedPack.type(1, 2, error: 1)
    },
    HostilePack(typed: "a correction of a reduced kernel", .correctionCount(found: 1, expected: 0)) {
      $0.corrections = SpecifiedPack().corrections
      $0.payloads.append(SpecifiedPack.correction)
      $0.layOut()
    },
    HostilePack(typed: "int8 without scales", .wrongByteCount(kernel, expected: 10, found: 2)) {
      $0.setPayload(0, .i8(1) + .i8(1))
    },
    HostilePack(typed: "a negative scale", .badScale(kernel, channel: 1, scale: -1)) {
      $0.setPayload(0, .floats([0.5, -1]) + .i8(1) + .i8(0))
    },
    HostilePack(typed: "a zero with a sign", .badScale(kernel, channel: 0, scale: -0.0)) {
      $0.setPayload(0, .floats([-0.0, 1]) + .i8(0) + .i8(0))
    },
    HostilePack(typed: "a scale beyond numbers", .badScale(kernel, channel: 1, scale: 1e37)) {
      $0.setPayload(0, .floats([0.5, 1e37]) + .i8(1) + .i8(0))
    },
    HostilePack(typed: "an element of -128", .badElement(kernel, index: 0)) {
      $0.setPayload(0, .floats([0.5, 0]) + .i8(-128) + .i8(0))
    },
    HostilePack(typed: "an element without scale", .badElement(kernel, index: 1)) {
      $0.setPayload(0, .floats([0.5, 0]) + .i8(1) + .i8(1))
    },
    HostilePack(typed: "an infinite half", .badElement(kernel, index: 1)) {
      $0.setTensor(0, type: 2, .f16(1) + .f16(.infinity))
    },
    HostilePack(typed: "a half that is no number", .badElement(kernel, index: 0)) {
      $0.setTensor(0, type: 3, .u16(0x7FC0) + .u16(0))
    },
  ]

  static let compression: [HostilePack] = [
    HostilePack(compressed: "a table and nothing else", .badCompressedSize(dense, raw: 64, found: 4)) {
      $0.setDeflated(Bytes())
    },
    HostilePack(compressed: "compressed to as much", .badCompressedSize(dense, raw: 64, found: 64)) {
      $0.setDeflated(Bytes(all: [UInt8](repeating: 0, count: 60)))
    },
    HostilePack(compressed: "a block beyond its payload", .badBlockSize(payload: "dense/kernel", block: 0)) {
      $0.setPayload(5, .u32(.max) + SpecifiedPack.deflatedKernel)
    },
    HostilePack(compressed: "bytes behind the last block", .badBlockSize(payload: "dense/kernel", block: 1)) {
      $0.setPayload(5, .u32(9) + SpecifiedPack.deflatedKernel)
    },
    HostilePack(compressed: "a block of nothing", .badBlockSize(payload: "dense/kernel", block: 0)) {
      $0.setPayload(5, .u32(0) + SpecifiedPack.deflatedKernel)
    },
    HostilePack(compressed: "four gigabytes out of a hundred kilobytes", .inflatesTooFar(dense)) {
      $0.inflate(units: 1 << 27)
    },
    HostilePack(compressed: "two halves that are too much together", .inflatesTooFar(bias)) {
      $0.inflate(units: 1 << 25)
    },
    HostilePack(compressed: "a megabyte out of five bytes", .badBlockSize(payload: "dense/kernel", block: 0))
    {
      $0.inflate(units: 1 << 15)
    },
    HostilePack(compressed: "no deflate", .damagedBlock(payload: "dense/kernel", block: 0)) {
      $0.setDeflated(Bytes(all: [UInt8](repeating: 0xFF, count: 14)))
    },
    HostilePack(compressed: "a block that ends early", .damagedBlock(payload: "dense/kernel", block: 0)) {
      // One zero, and the end.
      $0.setDeflated(.bits("1 10 00110000 0000000"))
    },
    HostilePack(compressed: "a block without end", .damagedBlock(payload: "dense/kernel", block: 0)) {
      $0.setDeflated(Bytes(all: SpecifiedPack.deflatedKernel.all.dropLast()))
    },
    HostilePack(compressed: "a block of more", .damagedBlock(payload: "dense/kernel", block: 0)) {
      // 00, 258 more, the end.
      $0.setDeflated(.bits("1 10 00110000 11000101 00000 0000000"))
    },
    HostilePack(compressed: "a byte behind the deflated", .damagedBlock(payload: "dense/kernel", block: 0)) {
      $0.setDeflated(SpecifiedPack.deflatedKernel + .u8(0))
    },
  ]
}

extension SpecifiedPack {
  /// Gives the dense layer so many units, its kernel of eight times as many and its bias a byte a block.
  fileprivate mutating func inflate(units: UInt32) {
    labels = []
    layers[4][5] = .u32(units)
    tensors[5].fields[6] = .shape(8, units)
    tensors[6].fields[6] = .shape(units)
    tensors[6].fields[3] = .u8(1)
    for (tensor, elements) in [(5, 8 * Int(units)), (6, Int(units))] {
      let blocks = (elements + 65535) / 65536
      let table = [Bytes](repeating: .u32(1), count: blocks)
      payloads[tensor] = .join(table) + Bytes(all: [UInt8](repeating: 3, count: blocks))
    }
    layOut()
  }
}
