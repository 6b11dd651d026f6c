import ModelGraph
import PackFile

/// Files whose fields are well formed and whose contents are not.
extension HostilePack {
  private static let kernel = WeightID(layer: "conv", name: .kernel)
  private static let dense = WeightID(layer: "dense", name: .kernel)
  private static let mean = WeightID(layer: "conv_bn", name: .movingMean)
  private static let gamma = WeightID(layer: "conv_bn", name: .gamma)

  static let network: [HostilePack] = [
    HostilePack("no layers", .badNetwork(.empty)) { $0.layers = [] },
    HostilePack("one name twice", .badNetwork(.duplicateLayer("conv"))) { $0.layers[3][0] = .text("conv") },
    HostilePack(
      "an input from behind",
      .badNetwork(.badInputs(layer: "conv", why: "input 4294967295 does not stand before position 1"))
    ) { $0.layers[1][4] = .list([.u32(.max)]) },
    HostilePack("more filters than memory", .badNetwork(.tooLarge(layer: "conv"))) {
      $0.layers[1][5] = .u32(.max)
    },
    HostilePack("an image larger than memory", .badNetwork(.tooLarge(layer: "input_1"))) {
      $0.layers[0][5] = .shape(.max, .max, .max)
    },
    HostilePack("a window of 4 billion by 4 billion", .badNetwork(.tooLarge(layer: "conv"))) {
      $0.layers[1][6] = SpecifiedPack.window(.max)
    },
    HostilePack(
      "an epsilon that is no number",
      .badNetwork(.badConfiguration(layer: "conv_bn", why: "epsilon nan is not a finite number from 0 on"))
    ) { $0.layers[2][5] = .f64(.nan) },
    HostilePack(
      "an epsilon of -0",
      .badNetwork(.badConfiguration(layer: "conv_bn", why: "epsilon -0.0 is not a finite number from 0 on"))
    ) { $0.layers[2][5] = .f64(-0.0) },
    HostilePack("one label for two outputs", .labelCount(labels: 1, outputs: 2)) { $0.labels.removeLast() },
  ]

  static let directory: [HostilePack] = [
    HostilePack("a tensor less", .tensorCount(found: 6, expected: 7)) { $0.tensors.removeLast() },
    HostilePack("two tensors swapped", .wrongTensor(index: 1, expected: gamma)) { $0.tensors.swapAt(1, 2) },
    HostilePack("a tensor of another layer", .wrongTensor(index: 0, expected: kernel)) {
      $0.tensors[0].fields[0] = .u32(.max)
    },
    HostilePack("a type of the future", .unsupportedDType(kernel, code: 6)) {
      $0.tensors[0].fields[2] = .u8(6)
    },
    HostilePack("no type", .unsupportedDType(kernel, code: 0)) { $0.tensors[0].fields[2] = .u8(0) },
    HostilePack("a storage of the future", .unsupportedStorage(kernel, code: 2)) {
      $0.tensors[0].fields[3] = .u8(2)
    },
    HostilePack("axes the other way", .wrongShape(dense, expected: [8, 2], found: [2, 8])) {
      $0.tensors[5].fields[6] = .shape(2, 8)
    },
    HostilePack("a shape without axes", .wrongShape(dense, expected: [8, 2], found: [])) {
      $0.tensors[5].fields[6] = .shape()
    },
    HostilePack("bytes that wrap around", .wrongByteCount(kernel, expected: 8, found: 1 << 63 + 8)) {
      $0.tensors[0].byteCount = 1 << 63 + 8
    },
    HostilePack("a byte too few", .wrongByteCount(kernel, expected: 8, found: 7)) {
      $0.tensors[0].byteCount = 7
    },
    HostilePack("no correction", .correctionCount(found: 0, expected: 1)) {
      $0.corrections = []
      $0.payloads.removeLast()
    },
    HostilePack("a correction of a dense layer", .wrongCorrection(index: 0, expected: "conv")) {
      $0.corrections[0].fields[0] = .u32(4)
    },
    HostilePack(
      "more entries than elements", .correctionSize(layer: "conv", steps: 1, marks: 2, elements: 2)
    ) { $0.setCorrection(steps: 1, marks: 2, SpecifiedPack.correction) },
    HostilePack(
      "entries that wrap around",
      .correctionSize(layer: "conv", steps: Int(UInt32.max), marks: Int(UInt32.max), elements: 2)
    ) { $0.setCorrection(steps: .max, marks: .max, SpecifiedPack.correction) },
  ]

  static let masks: [HostilePack] = [
    HostilePack("a trainable mean", .trainedStatistic(mean)) { $0.tensors[3].fields[4] = .u8(1) },
    HostilePack("no range", .badRanges(dense)) { $0.setRanges([]) },
    HostilePack("all channels as a range", .badRanges(dense)) { $0.setRanges([(0, 2)]) },
    HostilePack("all channels as two ranges", .badRanges(dense)) { $0.setRanges([(0, 1), (1, 2)]) },
    HostilePack("an empty range", .badRanges(dense)) { $0.setRanges([(1, 1)]) },
    HostilePack("a backward range", .badRanges(dense)) { $0.setRanges([(2, 1)]) },
    HostilePack("ranges out of order", .badRanges(dense)) { $0.setRanges([(1, 2), (0, 1)]) },
    HostilePack("a channel that is not there", .badRanges(dense)) { $0.setRanges([(1, 3)]) },
    HostilePack("a channel beyond all numbers", .badRanges(dense)) { $0.setRanges([(1, .max)]) },
    HostilePack("a trained convolution with a correction", .correctionCount(found: 1, expected: 0)) {
      $0.tensors[0].fields[4] = .u8(1)
    },
  ]

  static let data: [HostilePack] = [
    HostilePack(
      "two tensors at one place", .wrongOffset(payload: "conv_bn/gamma", expected: 64, found: 0)
    ) { $0.tensors[1].offset = 0 },
    HostilePack("a hole", .wrongOffset(payload: "conv_bn/gamma", expected: 64, found: 128)) {
      $0.tensors[1].offset = 128
    },
    HostilePack("an offset off the grid", .wrongOffset(payload: "conv/kernel", expected: 0, found: 4)) {
      $0.tensors[0].offset = 4
    },
    HostilePack(
      "an offset that wraps around", .wrongOffset(payload: "conv_bn/gamma", expected: 64, found: .max - 63)
    ) {
      $0.tensors[1].offset = .max - 63
    },
    HostilePack("a last payload that is missing", .payloadBeyondFile(payload: "correction of conv")) {
      $0.payloads.removeLast()
    },
    HostilePack("a correction of all memory", .payloadBeyondFile(payload: "correction of conv")) {
      $0.corrections[0].byteCount = .max
    },
    Damage("another file behind") {
      $0.afterPayloads = Bytes(all: Array("PK\u{3}\u{4}".utf8))
    }
    .gives { .dataAfterPayloads(at: $0.bytes.count - 4) },
    Damage("zeros behind") { $0.afterPayloads = .u8(0) }
      .gives { .dataAfterPayloads(at: $0.bytes.count - 1) },
    Damage("something before the data") { $0.padding = 1 }
      .gives { .paddingNotZero(at: $0.headerEnd) },
    Damage("something between tensors") {
      $0.payloads[0] = $0.payloads[0] + .u8(1)
    }
    .gives { .paddingNotZero(at: $0.dataStart + 8) },
    Damage("a flipped bit") { $0.payloads[1].all[2] ^= 1 }
      .gives {
        .payloadChecksum(payload: "conv_bn/gamma", stored: $0.tensors[1].crc, computed: $0.payloads[1].crc)
      },
    Damage("a flipped bit in a correction") { $0.payloads[7].all[0] ^= 0x80 }
      .gives {
        .payloadChecksum(
          payload: "correction of conv", stored: $0.corrections[0].crc, computed: $0.payloads[7].crc)
      },
    HostilePack(
      "a negative variance",
      .badNormalization(
        .badVariance(layer: "conv_bn", channel: 1, variancePlusEpsilon: -1 + 1e-3))
    ) {
      $0.payloads[4] = .floats([3, -1])
      $0.tensors[4].crc = $0.payloads[4].crc
    },
  ]

  static let corrections: [HostilePack] = [
    HostilePack("marks without values", .correctionEndsEarly(layer: "conv")) {
      $0.setCorrection(steps: 0, marks: 2, SpecifiedPack.correction)
    },
    HostilePack("positions without bits", .correctionEndsEarly(layer: "conv")) {
      $0.setCorrection(steps: 0, marks: 1, .f32(-7))
    },
    HostilePack("zeros without an end", .correctionEndsEarly(layer: "conv")) {
      $0.setCorrection(steps: 1, marks: 0, Bytes(all: [UInt8](repeating: 0, count: 30)))
    },
    HostilePack("a gap without its low bits", .correctionEndsEarly(layer: "conv")) {
      $0.setCorrection(steps: 1, marks: 0, .u8(0b1000_0000))
    },
    HostilePack("a position beyond the kernel", .correctionBeyondKernel(layer: "conv")) {
      // Two marks at k = 0: gaps of 0 and 1.
      $0.setCorrection(steps: 0, marks: 2, .f32(-7) + .f32(-7) + .u8(0b0000_0101))
    },
    HostilePack("a gap beyond all numbers", .correctionBeyondKernel(layer: "conv")) {
      $0.setCorrection(steps: 1, marks: 0, Bytes(all: [UInt8](repeating: 0, count: 1 << 16) + [1]))
    },
    HostilePack("bits that mean nothing", .correctionContinues(layer: "conv")) {
      $0.setCorrection(steps: 0, marks: 1, .f32(-7) + .u8(0b0000_0111))
    },
    HostilePack("a byte that means nothing", .correctionContinues(layer: "conv")) {
      $0.setCorrection(steps: 0, marks: 1, .f32(-7) + .u8(0b0000_0011) + .u8(0))
    },
    HostilePack("bytes for no entries", .correctionContinues(layer: "conv")) {
      $0.setCorrection(steps: 0, marks: 0, .u8(0))
    },
    HostilePack("a step and a mark at one place", .correctionOverlaps(layer: "conv", element: 0)) {
      // k = 1, each with a gap of 0: one, zero, sign zero; then one, zero.
      $0.setCorrection(steps: 1, marks: 1, .f32(-7) + .u8(0b0000_1001))
    },
  ]
}

extension SpecifiedPack {
  /// Replaces the trainable channels of the dense kernel.
  fileprivate mutating func setRanges(_ ranges: [(UInt32, UInt32)]) {
    tensors[5].fields[5] = .list(ranges.map { .u32($0.0) + .u32($0.1) })
  }
}
