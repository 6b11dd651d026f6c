/// Between `float32`, in which all is computed, and the other types that Keras stores variables in.
extension Tensor {
  /// The same numbers as `float32`: exact, but for `float64`, which is rounded to nearest, ties to even.
  public var float32: Tensor {
    switch dtype {
    case .float32: self
    case .float16: converted(from: UInt16.self) { Float(Float16(bitPattern: $0)) }
    case .bfloat16: converted(from: UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case .float64: converted(from: UInt64.self) { Float(Double(bitPattern: $0)) }
    }
  }

  /// The same numbers in double precision, exactly.
  var doubles: [Double] {
    guard dtype == .float64 else { return float32.withFloats { $0.map(Double.init) } }
    return bytes.withUnsafeBytes { raw in
      (0..<elementCount).map { index in
        let bits = raw.loadUnaligned(fromByteOffset: index * dtype.byteCount, as: UInt64.self)
        return Double(bitPattern: UInt64(littleEndian: bits))
      }
    }
  }

  /// The numbers of a `float32` tensor as another type: exact as `float64`, else rounded to nearest, ties to even.
  ///
  /// - Precondition: `dtype` is `float32`.
  public func rounded(to target: DType) -> Tensor {
    switch target {
    case .float32: self
    case .float16: converted(to: .float16) { Float16($0).bitPattern }
    case .bfloat16: converted(to: .bfloat16, Tensor.bfloat16Bits)
    case .float64: converted(to: .float64) { Double($0).bitPattern }
    }
  }

  private func converted<Bits: FixedWidthInteger>(
    from _: Bits.Type, _ number: (Bits) -> Float
  ) -> Tensor {
    let floats = bytes.withUnsafeBytes { raw in
      [Float](unsafeUninitializedCapacity: elementCount) { floats, filled in
        for index in 0..<elementCount {
          let bits = raw.loadUnaligned(fromByteOffset: index * dtype.byteCount, as: Bits.self)
          floats.initializeElement(at: index, to: number(Bits(littleEndian: bits)))
        }
        filled = elementCount
      }
    }
    return Tensor(shape: shape, floats: floats)
  }

  private func converted<Bits: FixedWidthInteger>(to target: DType, _ bits: (Float) -> Bits) -> Tensor {
    let bytes = withFloats { floats in
      TensorBytes(count: floats.count * target.byteCount) { raw in
        for (index, value) in floats.enumerated() {
          raw.storeBytes(
            of: bits(value).littleEndian, toByteOffset: index * target.byteCount, as: Bits.self)
        }
      }
    }
    return Tensor(shape: shape, dtype: target, bytes: bytes)
  }

  /// The upper half of the nearest `bfloat16`; what is not a number stays so.
  private static func bfloat16Bits(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    guard !value.isNaN else { return UInt16(bits >> 16) | 0x40 }
    // Half of the last place, less one where the upper half is even: ties go to the even neighbour.
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }
}
