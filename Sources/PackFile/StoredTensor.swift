public import ModelGraph

/// How a file keeps a tensor.
public struct StoredTensor: Sendable, Hashable {
  public let type: ElementType
  public let isCompressed: Bool
  /// Bytes that the tensor takes in the file.
  public let byteCount: Int
}

/// A tensor's payload before it is compressed: elements of one width, for `int8` after a scale for each channel.
struct PayloadLayout {
  let type: ElementType
  let shape: Shape
  let channels: Int

  init(_ type: ElementType, _ spec: WeightSpec) {
    self.type = type
    shape = spec.shape
    channels = spec.channelCount
  }

  /// nil where that is beyond all memory. A graph keeps every tensor within 2³¹ elements.
  var byteCount: Int? {
    let elements = Checked.product(shape.reduce(1, *), width)
    return elements.flatMap { Checked.sum($0, type == .int8 ? 4 * channels : 0) }
  }

  /// Bytes of an element.
  var width: Int {
    switch type {
    case .float32: 4
    case .float16, .bfloat16: 2
    case .float64: 8
    case .int8: 1
    }
  }
}

/// A tensor of a pack as bytes.
enum PayloadCode {
  /// The payload of a weight, not compressed.
  static func encode(_ id: WeightID, of pack: Pack) -> TensorBytes? {
    if let original = pack.originals[id] { return original.bytes }
    guard let tensor = pack.weights[id] else { return nil }
    switch pack.reductions[id] {
    case nil: return tensor.bytes
    case .float16: return tensor.rounded(to: .float16).bytes
    case .bfloat16: return tensor.rounded(to: .bfloat16).bytes
    case .int8(let scales): return encode(tensor, scales)
    }
  }

  private static func encode(_ tensor: Tensor, _ scales: [Float]) -> TensorBytes {
    tensor.withFloats { floats in
      TensorBytes(count: 4 * scales.count + floats.count) { raw in
        for (channel, scale) in scales.enumerated() {
          raw.storeBytes(of: scale.bitPattern.littleEndian, toByteOffset: 4 * channel, as: UInt32.self)
        }
        for index in 0..<floats.count {
          let integer = ReducedPrecision.quotient(floats[index], scales[index % scales.count])
          raw[4 * scales.count + index] = UInt8(bitPattern: Int8(integer))
        }
      }
    }
  }

  /// A weight out of its payload.
  enum Decoded: Sendable {
    /// `float32`, or an original.
    case plain(Tensor)
    case reduced(Tensor, ReducedPrecision)
  }

  /// - Parameters:
  ///   - payload: As many bytes as `layout` says.
  ///   - isOriginal: Whether the elements are of the variable's own type.
  static func decode(
    _ payload: TensorBytes, _ layout: PayloadLayout, isOriginal: Bool, of id: WeightID
  ) throws(PackViolation) -> Decoded {
    switch layout.type {
    case .float32: return .plain(Tensor(shape: layout.shape, dtype: .float32, bytes: payload))
    case .float64: return .plain(Tensor(shape: layout.shape, dtype: .float64, bytes: payload))
    case .float16: return try half(payload, layout, .float16, .float16, isOriginal, id)
    case .bfloat16: return try half(payload, layout, .bfloat16, .bfloat16, isOriginal, id)
    case .int8: return try int8(payload, layout, id)
    }
  }

  private static func half(
    _ payload: TensorBytes, _ layout: PayloadLayout, _ dtype: DType, _ precision: ReducedPrecision,
    _ isOriginal: Bool, _ id: WeightID
  ) throws(PackViolation) -> Decoded {
    let tensor = Tensor(shape: layout.shape, dtype: dtype, bytes: payload)
    guard !isOriginal else { return .plain(tensor) }
    let single = tensor.float32
    if let index = single.withFloats({ $0.firstIndex { !$0.isFinite } }) {
      throw .badElement(id, index: index)
    }
    return .reduced(single, precision)
  }

  private static func int8(
    _ payload: TensorBytes, _ layout: PayloadLayout, _ id: WeightID
  ) throws(PackViolation) -> Decoded {
    let count = layout.channels
    return try payload.withUnsafeBytes { (raw) throws(PackViolation) in
      let scales = (0..<count).map { channel in
        Float(bitPattern: UInt32(littleEndian: raw.load(fromByteOffset: 4 * channel, as: UInt32.self)))
      }
      if let channel = scales.firstIndex(where: { !ReducedPrecision.isScale($0) }) {
        throw .badScale(id, channel: channel, scale: scales[channel])
      }
      let integers = UnsafeRawBufferPointer(rebasing: raw[(4 * count)...]).bindMemory(to: Int8.self)
      if let index = firstBad(integers, scales) { throw .badElement(id, index: index) }
      let tensor = Tensor(shape: layout.shape) { floats in
        for start in stride(from: 0, to: integers.count, by: count) {
          for channel in 0..<count {
            floats[start + channel] = Float(integers[start + channel]) * scales[channel]
          }
        }
      }
      return .reduced(tensor, .int8(scales: scales))
    }
  }

  /// Position of the first element that is −128, or not zero where its scale is.
  private static func firstBad(_ integers: UnsafeBufferPointer<Int8>, _ scales: [Float]) -> Int? {
    var least = Int8.max
    for index in 0..<integers.count { least = min(least, integers[index]) }
    let isDead = scales.map { $0 == 0 }
    guard least == .min || isDead.contains(true) else { return nil }
    return integers.indices.first { index in
      integers[index] == .min || (isDead[index % scales.count] && integers[index] != 0)
    }
  }
}
