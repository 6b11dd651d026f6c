import ModelGraph

/// The tiny pack with other types than float32, and compressed.
extension SpecifiedPack {
  /// An entry of the list of types.
  static func type(_ tensor: UInt32, _ variable: UInt8, error: Float? = nil) -> Bytes {
    .u32(tensor) + .u8(variable) + (error.map { .u8(1) + .f32($0) } ?? .u8(0))
  }

  /// Replaces a tensor's element type and payload.
  mutating func setTensor(_ index: Int, type: UInt8, _ payload: Bytes) {
    tensors[index].fields[2] = .u8(type)
    setPayload(index, payload)
  }

  mutating func removeCorrection() {
    corrections = []
    payloads.removeLast()
    layOut()
  }

  static let scales: [Float] = [0.5, 0]

  /// A kernel in int8, a gamma in float16, a beta in bfloat16, a variance in float64, a trained bfloat16 variable.
  static let typed: SpecifiedPack = {
    var pack = SpecifiedPack()
    pack.features = 1
    pack.setTensor(0, type: 5, .floats(scales) + .i8(-3) + .i8(0))
    pack.setTensor(1, type: 2, .f16(4) + .f16(0))
    pack.setTensor(2, type: 3, .u16(0x3F80) + .u16(0x3F80))
    pack.setTensor(4, type: 4, .f64(3) + .f64(1))
    pack.types = [type(0, 1, error: 0.25), type(1, 2), type(2, 3), type(4, 4), type(5, 3)]
    pack.removeCorrection()
    return pack
  }()

  /// A kernel that is an original, its convolution folded.
  static let original: SpecifiedPack = {
    var pack = SpecifiedPack()
    pack.features = 1
    pack.setTensor(0, type: 2, .f16(1.5) + .f16(-7))
    pack.types = [type(0, 2)]
    pack.removeCorrection()
    return pack
  }()

  /// Sixteen numbers, of which the last is another, shuffled by hand: 32 zeros, 15 times 80, 00, 15 times 3F, 40.
  static let shuffledKernel = [Float](repeating: 1, count: 15) + [2]

  /// With RFC 1951's fixed codes: 00, 31 more; 80, 14 more; 00; 3F, 14 more; 40; the end.
  static let deflatedKernel = Bytes.bits(
    "1 10 00110000 0010000 00 00000 10110000 0001010 1 00000 00110000 01101111 0001010 1 00000 01110000 0000000"
  )

  /// The dense kernel compressed.
  static let compressed: SpecifiedPack = {
    var pack = SpecifiedPack()
    pack.features = 2
    pack.setDeflated(deflatedKernel)
    return pack
  }()

  /// Replaces the dense kernel by one deflated block.
  mutating func setDeflated(_ block: Bytes) {
    tensors[5].fields[3] = .u8(1)
    setPayload(5, .u32(UInt32(block.all.count)) + block)
  }
}
