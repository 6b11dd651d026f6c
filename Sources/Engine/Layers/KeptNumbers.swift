import ModelGraph
import OpenCL

extension Buffer {
  /// Memory for numbers that kernels read as `element`, each the nearest, ties to even.
  ///
  /// - Parameter numbers: An even number of them where they are half.
  convenience init(_ device: Device, _ numbers: [Float], as element: Element) throws(OpenCLError) {
    switch element {
    case .float: try self.init(device, floats: numbers)
    case .half: try self.init(device, halves: numbers.halves)
    }
  }

  /// A copy of the first `count` numbers, after everything queued before has run.
  func numbers(_ count: Int) throws(OpenCLError) -> [Float] {
    switch element {
    case .float: return try floats(count)
    case .half:
      let pieces = try floats((count + 1) / 2)
      return pieces.withUnsafeBytes { bytes in [Float](halves: bytes, count: count) }
    }
  }
}

extension [Float] {
  /// The nearest halves, little-endian.
  fileprivate var halves: [UInt16] {
    [UInt16](unsafeUninitializedCapacity: count) { halves, initialized in
      guard let to = halves.baseAddress else { return }
      _ = HalfPrecision.float16(self, count: count, to: to)
      initialized = count
    }
  }

  /// The same numbers, each the nearest that half holds.
  var roundedToHalf: [Float] { halves.withUnsafeBytes { [Float](halves: $0, count: count) } }

  fileprivate init(halves bytes: UnsafeRawBufferPointer, count: Int) {
    self = [Float](unsafeUninitializedCapacity: count) { floats, initialized in
      guard let from = bytes.bindMemory(to: UInt16.self).baseAddress, let to = floats.baseAddress else {
        return
      }
      HalfPrecision.floats(fromFloat16: from, count: count, to: to)
      initialized = count
    }
  }
}
