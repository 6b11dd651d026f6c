/// Values in a weight that no sound training leaves there.
public struct SuspectValues: Sendable, Hashable {
  public let id: WeightID
  public let nan: Int
  public let infinite: Int
  /// Below 0 in a moving variance, −0 aside.
  public let negative: Int
}

extension SuspectValues: CustomStringConvertible {
  /// `weight 'conv1/kernel' has 2 values that are not a number, 1 infinite value`
  public var description: String {
    let counts = [
      (nan, "not a number"), (infinite, "infinite"), (negative, "negative, where a variance is expected"),
    ]
    let found = counts.filter { $0.0 > 0 }.map { count, what in
      "\(count) \(count == 1 ? "value that is" : "values that are") \(what)"
    }
    return "weight '\(id)' has " + found.joined(separator: " and ")
  }
}

extension Graph {
  /// The weights with values that are suspect, in network order.
  public func suspectValues(in weights: Weights) -> [SuspectValues] {
    weightIDs.compactMap { id in
      guard let tensor = weights[id] else { return nil }
      let (nan, infinite) = tensor.nonFiniteCounts
      let negative = id.name == .movingVariance ? tensor.doubles.count { $0 < 0 } : 0
      guard nan + infinite + negative > 0 else { return nil }
      return SuspectValues(id: id, nan: nan, infinite: infinite, negative: negative)
    }
  }
}

extension Graph {
  /// What is to be said of the values in `weights`, in a few sentences without a full stop.
  public func remarks(onValuesOf weights: Weights) -> [String] {
    let suspects = suspectValues(in: weights)
    let remarks = suspects.prefix(3).map(\.description)
    let more = suspects.count - remarks.count
    guard more > 0 else { return remarks }
    return remarks + ["\(more) more \(more == 1 ? "weight has" : "weights have") such values"]
  }
}

extension Tensor {
  /// Elements that are not a number, and elements that are infinite.
  var nonFiniteCounts: (nan: Int, infinite: Int) {
    switch dtype {
    case .float16: nonFiniteCounts(infinity: 0x7C00 as UInt16)
    case .bfloat16: nonFiniteCounts(infinity: 0x7F80 as UInt16)
    case .float32: nonFiniteCounts(infinity: 0x7F80_0000 as UInt32)
    case .float64: nonFiniteCounts(infinity: 0x7FF0_0000_0000_0000 as UInt64)
    }
  }

  /// Whether any element has all bits of the exponent set.
  private func hasExponent<Bits: FixedWidthInteger>(_ exponent: Bits, _ raw: UnsafeRawBufferPointer) -> Bool {
    var found: Bits = 0
    for index in 0..<elementCount {
      let bits = raw.loadUnaligned(fromByteOffset: index * (Bits.bitWidth / 8), as: Bits.self)
      found |= Bits(littleEndian: bits) & exponent == exponent ? 1 : 0
    }
    return found != 0
  }

  /// - Parameter infinity: Its bits; those of what is no number are larger, the sign aside.
  private func nonFiniteCounts<Bits: FixedWidthInteger>(infinity: Bits) -> (nan: Int, infinite: Int) {
    bytes.withUnsafeBytes { raw in
      // Nearly every tensor is finite, which is sooner seen than counted.
      guard hasExponent(infinity, raw) else { return (0, 0) }
      var nan: Bits = 0
      var infinite: Bits = 0
      var totals = (nan: 0, infinite: 0)
      // Counters as wide as the elements make vector instructions of the inner loop; they are emptied in time.
      let stretch = 32_768
      for start in stride(from: 0, to: elementCount, by: stretch) {
        for index in start..<min(start + stretch, elementCount) {
          let bits = raw.loadUnaligned(fromByteOffset: index * (Bits.bitWidth / 8), as: Bits.self)
          let magnitude = Bits(littleEndian: bits) & ~(1 << (Bits.bitWidth - 1))
          nan &+= magnitude > infinity ? 1 : 0
          infinite &+= magnitude == infinity ? 1 : 0
        }
        totals = (totals.nan + Int(nan), totals.infinite + Int(infinite))
        (nan, infinite) = (0, 0)
      }
      return totals
    }
  }
}
