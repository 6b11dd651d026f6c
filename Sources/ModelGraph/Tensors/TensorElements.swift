/// Loops over all elements of a tensor, in steps that a compiler turns into vector code.
extension Tensor {
  /// Each element of a `float32` tensor replaced by what `body` makes of it.
  @inline(__always)
  func mapped(_ body: (Float) -> Float) -> Tensor {
    withFloats { source in
      Tensor(shape: shape) { target in
        for index in 0..<source.count { target[index] = body(source[index]) }
      }
    }
  }

  /// Each element of a `float32` tensor replaced by what `body` makes of it and of its channel's value.
  ///
  /// - Precondition: The innermost axes number as many channels as there are values.
  @inline(__always)
  func mapped<Value>(with values: [Value], _ body: (Float, Value) -> Float) -> Tensor {
    withFloats { source in
      values.withUnsafeBufferPointer { values in
        Tensor(shape: shape) { target in
          for start in stride(from: 0, to: source.count, by: values.count) {
            for channel in 0..<values.count {
              target[start + channel] = body(source[start + channel], values[channel])
            }
          }
        }
      }
    }
  }

  /// Whether `body` gives every element of a `float32` tensor back, bit for bit.
  @inline(__always)
  func isUnchanged(by body: (Float) -> Float) -> Bool {
    withFloats { floats in
      var difference: UInt32 = 0
      for index in 0..<floats.count {
        difference |= floats[index].bitPattern ^ body(floats[index]).bitPattern
      }
      return difference == 0
    }
  }

  /// Whether `body` gives every element of a `float32` tensor back, bit for bit, with its channel's value.
  ///
  /// - Precondition: The innermost axes number as many channels as there are values.
  @inline(__always)
  func isUnchanged<Value>(with values: [Value], by body: (Float, Value) -> Float) -> Bool {
    withFloats { floats in
      values.withUnsafeBufferPointer { values in
        var difference: UInt32 = 0
        for start in stride(from: 0, to: floats.count, by: values.count) {
          for channel in 0..<values.count {
            let element = floats[start + channel]
            difference |= element.bitPattern ^ body(element, values[channel]).bitPattern
          }
        }
        return difference == 0
      }
    }
  }

  /// Whether no element of a `float32` tensor is infinite or not a number.
  public var isFinite: Bool {
    withFloats { floats in
      var largest: UInt32 = 0
      for index in 0..<floats.count { largest = max(largest, floats[index].bitPattern & 0x7FFF_FFFF) }
      return largest < 0x7F80_0000
    }
  }

  /// The same tensor with some of its output channels, of so many, from another of its shape and type.
  ///
  /// - Precondition: The innermost axes number the output channels, and `channels` are among them.
  package func replacing(_ channels: [Range<Int>], of count: Int, by other: Tensor) -> Tensor {
    precondition(shape == other.shape && dtype == other.dtype, "tensors of different kinds cannot be mixed")
    let size = dtype.byteCount
    let mixed = TensorBytes(count: bytes.count) { target in
      bytes.withUnsafeBytes { target.copyMemory(from: $0) }
      other.bytes.withUnsafeBytes { source in
        for start in stride(from: 0, to: source.count, by: count * size) {
          for range in channels {
            let part = start + range.lowerBound * size..<start + range.upperBound * size
            UnsafeMutableRawBufferPointer(rebasing: target[part]).copyMemory(
              from: UnsafeRawBufferPointer(rebasing: source[part]))
          }
        }
      }
    }
    return Tensor(shape: shape, dtype: dtype, bytes: mixed)
  }
}
