import ModelGraph

/// Bytes put together by hand after FORMAT.md, without any of the product's code.
struct Bytes {
  var all: [UInt8] = []

  static func + (a: Bytes, b: Bytes) -> Bytes { Bytes(all: a.all + b.all) }

  static func u8(_ value: UInt8) -> Bytes { Bytes(all: [value]) }
  static func u16(_ value: UInt16) -> Bytes { number(UInt64(value), size: 2) }
  static func u32(_ value: UInt32) -> Bytes { number(UInt64(value), size: 4) }
  static func u64(_ value: UInt64) -> Bytes { number(value, size: 8) }
  static func f32(_ value: Float) -> Bytes { u32(value.bitPattern) }
  static func f64(_ value: Double) -> Bytes { u64(value.bitPattern) }
  static func text(_ text: String) -> Bytes { u16(UInt16(text.utf8.count)) + Bytes(all: Array(text.utf8)) }
  static func list(_ elements: [Bytes]) -> Bytes { u32(UInt32(elements.count)) + join(elements) }
  static func shape(_ extents: UInt32...) -> Bytes { list(extents.map(u32)) }
  static func floats(_ values: [Float]) -> Bytes { join(values.map(f32)) }
  static func f16(_ value: Float16) -> Bytes { u16(value.bitPattern) }
  static func i8(_ value: Int8) -> Bytes { u8(UInt8(bitPattern: value)) }

  /// Zeros and ones, blanks between them, filling each byte from its lowest bit.
  static func bits(_ text: String) -> Bytes {
    let bits = text.filter { $0 != " " }.map { $0 == "1" ? UInt8(1) : 0 }
    return Bytes(
      all: stride(from: 0, to: bits.count, by: 8).map { start in
        bits[start...].prefix(8).enumerated().reduce(0) { $0 | $1.element << UInt8($1.offset) }
      })
  }
  static func join(_ parts: [Bytes]) -> Bytes { Bytes(all: parts.flatMap(\.all)) }

  private static func number(_ value: UInt64, size: Int) -> Bytes {
    Bytes(all: (0..<size).map { UInt8(value >> (8 * UInt64($0)) & 0xff) })
  }

  /// CRC-32 by its definition, a bit at a time.
  var crc: UInt32 {
    ~all.reduce(UInt32.max) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
  }

  func padded(to alignment: Int) -> Bytes {
    Bytes(all: all + [UInt8](repeating: 0, count: (alignment - all.count % alignment) % alignment))
  }
}

/// The pack of a tiny network, every field of it open to damage:
/// input [2, 2, 1] → pointwise conv to 2, folded → bn → flatten → dense 2, trainable in part → softmax.
struct SpecifiedPack {
  struct Entry {
    /// Fields before the offset.
    var fields: [Bytes]
    var offset: UInt64
    var byteCount: UInt64
    var crc: UInt32
    var all: Bytes { Bytes.join(fields) + .u64(offset) + .u64(byteCount) + .u32(crc) }
  }

  var magic: [UInt8] = [0x89, 0x4D, 0x4C, 0x50, 0x0D, 0x0A, 0x1A, 0x0A]
  var version: UInt32 = 1
  var features: UInt32 = 0
  var addedLength: UInt64 = 0
  var headerLength: UInt32?
  var headerCRC: UInt32?

  var name = Bytes.text("tiny")
  var divisor: Float = 127.5
  var offset: Float = -1
  var source = Bytes.text("tiny.h5")
  var digest = String(repeating: "0a", count: 32)
  var tool = Bytes.text("1.0")
  var labels = [Bytes.text("cat"), .text("dog")]
  var layers = SpecifiedPack.layers
  var tensors: [Entry] = []
  var corrections: [Entry] = []
  /// Nothing of the list stands in a file without.
  var types: [Bytes]?
  var afterHeader = Bytes()
  var payloads: [Bytes] = []
  var afterPayloads = Bytes()
  var padding: UInt8 = 0

  static let layers: [[Bytes]] = [
    layer("input_1", 1, inputs: []) + [.shape(2, 2, 1)],
    layer("conv", 3, inputs: [0]) + [.u32(2), window(1), .u8(0), .u8(0)],
    layer("conv_bn", 5, inputs: [1], trainable: 0) + [.f64(1e-3), .f64(0.99), .u8(1), .u8(1)],
    layer("flatten", 10, inputs: [2]),
    layer("dense", 12, inputs: [3]) + [.u32(2), .u8(1), .u8(0)],
    layer("softmax", 13, inputs: [4]),
  ]

  /// Name, operation, trainable, reserved, inputs: five fields, and then those of the operation.
  static func layer(_ name: String, _ code: UInt8, inputs: [UInt32], trainable: UInt8 = 1) -> [Bytes] {
    [.text(name), .u8(code), .u8(trainable), .u16(0), .list(inputs.map(Bytes.u32))]
  }

  static func window(_ size: UInt32, stride: UInt32 = 1, padding: UInt8 = 1) -> Bytes {
    .u32(size) + .u32(size) + .u32(stride) + .u32(stride) + .u8(padding)
  }

  /// Layer, weight, type, storage, mask, ranges, shape: seven fields.
  private static func tensor(
    _ layer: UInt32, _ weight: UInt8, mask: UInt8 = 0, ranges: Bytes = Bytes(), _ shape: Bytes
  )
    -> [Bytes]
  {
    [.u32(layer), .u8(weight), .u8(1), .u8(0), .u8(mask), ranges, shape]
  }

  static let ones: [Float] = [1, 1]
  /// Scales of the two channels: 4 / √(3 + 0.001), 0.
  static let gamma: [Float] = [4, 0]
  static let variance: [Float] = [3, 1]
  /// The second channel's scale is zero: its original is kept in the correction.
  static let kernel: [Float] = [0.3, -7]
  static let denseKernel: [Float] = (0..<16).map { Float($0) / 8 }

  init() {
    let scale = Double(SpecifiedPack.gamma[0]) / (Double(SpecifiedPack.variance[0]) + 1e-3).squareRoot()
    let folded = [Float(Double(SpecifiedPack.kernel[0]) * scale), -0.0]
    let tensors: [([Bytes], [Float])] = [
      (SpecifiedPack.tensor(1, 1, .shape(1, 1, 1, 2)), folded),
      (SpecifiedPack.tensor(2, 4, .shape(2)), SpecifiedPack.gamma),
      (SpecifiedPack.tensor(2, 5, .shape(2)), SpecifiedPack.ones),
      (SpecifiedPack.tensor(2, 6, .shape(2)), SpecifiedPack.ones),
      (SpecifiedPack.tensor(2, 7, .shape(2)), SpecifiedPack.variance),
      (
        SpecifiedPack.tensor(4, 1, mask: 2, ranges: .list([.u32(1) + .u32(2)]), .shape(8, 2)),
        SpecifiedPack.denseKernel
      ),
      (SpecifiedPack.tensor(4, 3, mask: 1, .shape(2)), SpecifiedPack.ones),
    ]
    var end: UInt64 = 0
    func entry(_ fields: [Bytes], _ payload: Bytes) -> Entry {
      let offset = (end + 63) / 64 * 64
      end = offset + UInt64(payload.all.count)
      payloads.append(payload)
      return Entry(fields: fields, offset: offset, byteCount: UInt64(payload.all.count), crc: payload.crc)
    }
    self.tensors = tensors.map { entry($0.0, .floats($0.1)) }
    corrections = [entry([.u32(1), .u32(0), .u32(1)], SpecifiedPack.correction)]
  }

  /// −7 for element 1 of 2, the only one of the marks: k = ⌊log₂ 2⌋ = 1, a gap of 1: no zero, a one, and a one.
  static let correction = Bytes.f32(-7) + .u8(0b0000_0011)

  /// Replaces a correction's steps, marks and payload, and keeps its entry right.
  mutating func setCorrection(steps: UInt32, marks: UInt32, _ payload: Bytes) {
    corrections[0].fields[1] = .u32(steps)
    corrections[0].fields[2] = .u32(marks)
    setPayload(7, payload)
  }

  /// Replaces a payload's bytes, and keeps its entry right.
  mutating func setPayload(_ index: Int, _ payload: Bytes) {
    payloads[index] = payload
    layOut()
  }

  /// Says of every entry where its payload lies now.
  mutating func layOut() {
    var end: UInt64 = 0
    for (index, payload) in payloads.enumerated() {
      let offset = (end + 63) / 64 * 64
      end = offset + UInt64(payload.all.count)
      let place = index < tensors.count ? \SpecifiedPack.tensors[index] : \.corrections[index - tensors.count]
      self[keyPath: place].offset = offset
      self[keyPath: place].byteCount = UInt64(payload.all.count)
      self[keyPath: place].crc = payload.crc
    }
  }

  var header: Bytes {
    var header = name + .f32(divisor) + .f32(offset) + source + .text(digest) + tool
    header = header + .list(labels) + .list(layers.map(Bytes.join))
    header = header + .list(tensors.map(\.all))
    header = header + .list(corrections.map(\.all))
    return header + (types.map(Bytes.list) ?? Bytes()) + afterHeader
  }

  var bytes: [UInt8] {
    let header = header
    var data = Bytes()
    for payload in payloads { data = data.padded(to: 64) + payload }
    let headerEnd = 32 + header.all.count
    let gap = payloads.isEmpty ? 0 : (64 - headerEnd % 64) % 64
    let tail = Bytes(all: [UInt8](repeating: padding, count: gap)) + data + afterPayloads
    let length = UInt64(headerEnd + tail.all.count) + addedLength
    let preamble =
      Bytes(all: magic) + .u32(version) + .u32(features) + .u64(length)
      + .u32(headerLength ?? UInt32(header.all.count))
    return (preamble + .u32(headerCRC ?? (preamble + header).crc) + header + tail).all
  }
}

/// Where fields lie in the file, for errors that say so.
extension SpecifiedPack {
  private func length(_ parts: [Bytes]) -> Int { Bytes.join(parts).all.count }

  var digestOffset: Int { 32 + length([name, .f32(divisor), .f32(offset), source]) }
  var labelsOffset: Int { digestOffset + length([.text(digest), tool]) }
  var layersOffset: Int { labelsOffset + 4 + length(labels) }

  /// Offset of a layer's field, counted from 0 as in `layer`.
  func offset(layer: Int, field: Int) -> Int {
    layersOffset + 4 + length(layers[..<layer].flatMap { $0 }) + length(Array(layers[layer][..<field]))
  }

  var tensorsOffset: Int { layersOffset + 4 + length(layers.flatMap { $0 }) }

  /// Offset of a tensor entry's field, counted from 0 as in `tensor`.
  func offset(tensor: Int, field: Int) -> Int {
    tensorsOffset + 4 + length(tensors[..<tensor].map(\.all))
      + length(Array(tensors[tensor].fields[..<field]))
  }

  /// Offset of a type entry.
  func offset(type: Int) -> Int {
    headerEnd - afterHeader.all.count - length(types?[type...].map { $0 } ?? [])
  }

  var headerEnd: Int { 32 + header.all.count }
  var dataStart: Int { (headerEnd + 63) / 64 * 64 }
}
