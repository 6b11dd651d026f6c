/// Tells whether two tensors of one shape differ only as a precision makes them.
struct PrecisionExplanation {
  /// One of the two tensors, and the network that it is of.
  struct Side {
    let id: WeightID
    let tensor: Tensor
    let network: ComparedNetwork
    var reduction: StoredReduction? { network.reductions[id] }
  }

  private let a: Side
  private let b: Side

  init(_ a: Side, _ b: Side) {
    self.a = a
    self.b = b
  }

  /// - Parameter channels: The output channels that count, of so many; the others may differ.
  func explanation(in channels: ChannelRanges, of count: Int) -> Explanation? {
    switch (a.reduction, b.reduction) {
    case (let inA?, let inB?):
      let bound = Double(inA.error) + Double(inB.error)
      return areClose(channels, count) { _, _ in bound } ? .bothReduced(inA.name, inB.name) : nil
    case (let inA?, nil): return reduced(inA, from: b, channels, count)
    case (nil, let inB?): return reduced(inB, from: a, channels, count)
    case (nil, nil): return rounded(channels, count)
    }
  }

  private func reduced(
    _ reduction: StoredReduction, from other: Side, _ channels: ChannelRanges, _ count: Int
  ) -> Explanation? {
    let original = other.tensor.float32
    guard let whole = reduction.isFolded ? other.network.folded(original, of: other.id) : original else {
      return nil
    }
    let stored = reduction.stored
    return reduction.reduce(whole).hasSameBits(as: stored, in: channels, of: count)
      ? .reduced(reduction.name) : nil
  }

  private func rounded(_ channels: ChannelRanges, _ count: Int) -> Explanation? {
    guard a.tensor.dtype != b.tensor.dtype else { return nil }
    guard a.tensor.dtype.byteCount != b.tensor.dtype.byteCount else { return bothRounded(channels, count) }
    let isWideInA = a.tensor.dtype.byteCount > b.tensor.dtype.byteCount
    let (wide, narrow) = isWideInA ? (a.tensor, b.tensor) : (b.tensor, a.tensor)
    return wide.narrowed(to: narrow.dtype).hasSameBits(as: narrow, in: channels, of: count)
      ? .rounded(from: wide.dtype, to: narrow.dtype) : nil
  }

  /// `float16` and `bfloat16`: each is at most its unit roundoff, or half the smallest step, away from the number
  /// that both come from.
  private func bothRounded(_ channels: ChannelRanges, _ count: Int) -> Explanation? {
    let (inA, inB) = (a.tensor.dtype, b.tensor.dtype)
    let areClose = areClose(channels, count) { a, b in
      inA.roundingError(of: a) + inB.roundingError(of: b)
    }
    return areClose ? .bothRounded(inA, inB) : nil
  }

  private func areClose(
    _ channels: ChannelRanges, _ count: Int, _ bound: (Double, Double) -> Double
  ) -> Bool {
    let (x, y) = (a.tensor.doubles, b.tensor.doubles)
    return channels.allSatisfy(among: x.count, of: count) { index in
      (x[index] - y[index]).magnitude <= bound(x[index], y[index])
        || x[index].bitPattern == y[index].bitPattern
    }
  }
}

extension DType {
  /// The farthest that a number can be from `value`, which it was rounded to: a unit roundoff of it, or half the
  /// smallest step.
  func roundingError(of value: Double) -> Double {
    switch self {
    case .float16: max(0x1p-11 * value.magnitude, 0x1p-25)
    case .bfloat16: max(0x1p-8 * value.magnitude, 0x1p-134)
    case .float32: max(0x1p-24 * value.magnitude, 0x1p-150)
    case .float64: max(0x1p-53 * value.magnitude, 0x1p-1074)
    }
  }
}

extension Tensor {
  /// The same numbers in a type of fewer bytes, rounded once.
  fileprivate func narrowed(to target: DType) -> Tensor {
    guard dtype == .float64, target != .float32 else { return float32.rounded(to: target) }
    return Tensor(shape: shape, floats: doubles.map(\.roundedToOdd)).rounded(to: target)
  }

  /// Whether the bits are the same in all elements of these output channels, of so many.
  func hasSameBits(as other: Tensor, in channels: ChannelRanges, of count: Int) -> Bool {
    guard dtype == other.dtype else { return false }
    let size = dtype.byteCount
    return bytes.withUnsafeBytes { x in
      other.bytes.withUnsafeBytes { y in
        stride(from: 0, to: x.count, by: count * size).allSatisfy { start in
          channels.ranges.allSatisfy { range in
            let slice = start + range.lowerBound * size..<start + range.upperBound * size
            return UnsafeRawBufferPointer(rebasing: x[slice]).hasSameBytes(as: .init(rebasing: y[slice]))
          }
        }
      }
    }
  }
}

extension ChannelRanges {
  /// Whether `condition` holds of all of `elements` positions that belong to these output channels, of so many.
  func allSatisfy(among elements: Int, of count: Int, _ condition: (Int) -> Bool) -> Bool {
    stride(from: 0, to: elements, by: count).allSatisfy { start in
      ranges.allSatisfy { range in range.allSatisfy { condition(start + $0) } }
    }
  }

  /// The channels of `count` that are not in this set.
  func complement(of count: Int) -> ChannelRanges {
    var rest = ChannelRanges(0..<count)
    for range in ranges { rest.remove(range) }
    return rest
  }
}

extension Double {
  /// The nearest `Float`, or, where the number lies between two, the one with an odd last bit: rounding that again
  /// to a type of at most 22 digits gives what rounding the number itself would.
  fileprivate var roundedToOdd: Float {
    let nearest = Float(self)
    guard nearest.isFinite, Double(nearest) != self, nearest.bitPattern & 1 == 0 else { return nearest }
    return Double(nearest) < self ? nearest.nextUp : nearest.nextDown
  }
}
