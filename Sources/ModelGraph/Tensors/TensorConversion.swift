/// Between `float32`, in which all is computed, and the other types that Keras stores variables in.
extension Tensor {
  /// The same numbers as `float32`: exact, but for `float64`, which is rounded to nearest, ties to even.
  public var float32: Tensor {
    switch dtype {
    case .float32: self
    case .float16: converted(from: UInt16.self, HalfPrecision.float(fromFloat16:))
    case .bfloat16: converted(from: UInt16.self, HalfPrecision.float(fromBFloat16:))
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
    case .float16: converted(to: .float16, HalfPrecision.float16)
    case .bfloat16: converted(to: .bfloat16, HalfPrecision.bfloat16)
    case .float64: converted(to: .float64) { Double($0).bitPattern }
    }
  }

  @inline(__always)
  private func converted<Bits: FixedWidthInteger>(
    from _: Bits.Type, _ number: (Bits) -> Float
  ) -> Tensor {
    bytes.withUnsafeBytes { raw in
      Tensor(shape: shape) { floats in
        for index in 0..<floats.count {
          let bits = raw.loadUnaligned(fromByteOffset: index * dtype.byteCount, as: Bits.self)
          floats[index] = number(Bits(littleEndian: bits))
        }
      }
    }
  }

  @inline(__always)
  private func converted<Bits: FixedWidthInteger>(to target: DType, _ bits: (Float) -> Bits) -> Tensor {
    let bytes = withFloats { floats in
      TensorBytes(count: floats.count * target.byteCount) { raw in
        for index in 0..<floats.count {
          raw.storeBytes(
            of: bits(floats[index]).littleEndian, toByteOffset: index * target.byteCount, as: Bits.self)
        }
      }
    }
    return Tensor(shape: shape, dtype: target, bytes: bytes)
  }
}
