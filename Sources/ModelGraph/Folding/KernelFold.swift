/// The arithmetic of folding one `float32` kernel, whose innermost axes number its output channels.
///
/// Every step is an IEEE 754 operation that rounds to nearest, so the same bits come out on every machine. What
/// is not a number keeps its bits through the correction.
enum KernelFold {
  /// k′ = float32(k · s), with the channel's s, in double precision before the rounding.
  ///
  /// - Parameter scale: One s an output channel.
  static func fold(_ kernel: Tensor, by scale: [Double]) -> (kernel: Tensor, correction: FoldCorrection) {
    var exact: [UInt32] = []
    let count = kernel.elementCount
    let folded = product(kernel, by: scale)
    let ulps = kernel.withFloats { originals in
      folded.withFloats { products in
        [Int8](unsafeUninitializedCapacity: count) { ulps, filled in
          forEachElement(of: count, scale) { index, s in
            let entry = entry(from: quotient(products[index], s), to: originals[index])
            if entry == FoldCorrection.exactMark { exact.append(originals[index].bitPattern) }
            ulps.initializeElement(at: index, to: entry)
          }
          filled = count
        }
      }
    }
    return (folded, FoldCorrection(sound: ulps, exact: exact))
  }

  /// float32(k · s) of a kernel of any type.
  static func product(_ original: Tensor, by scale: [Double]) -> Tensor {
    guard original.dtype == .float64 else { return original.float32.mapped(with: scale) { product($0, $1) } }
    return original.withDoubles { originals in
      Tensor(shape: original.shape) { products in
        forEachElement(of: originals.count, scale) { index, s in
          products[index] = product(originals[index], s)
        }
      }
    }
  }

  /// float32(k′ / s): about the kernel that was folded and then rounded; 0 where nothing is left of it.
  static func quotient(_ folded: Tensor, by scale: [Double]) -> Tensor {
    folded.mapped(with: scale) { folded, s in
      let quotient = quotient(folded, s)
      return quotient.isFinite ? quotient : 0
    }
  }

  /// The kernel that `fold` turned into `folded` and `correction`; nil where there is no such kernel.
  ///
  /// - Precondition: `correction` has an entry an element.
  static func unfold(_ folded: Tensor, by scale: [Double], _ correction: FoldCorrection) -> Tensor? {
    var nextExact = 0
    var isConsistent = true
    let count = folded.elementCount
    let originals = folded.withFloats { folded in
      [Float](unsafeUninitializedCapacity: count) { originals, filled in
        forEachElement(of: count, scale) { index, s in
          let guess = quotient(folded[index], s)
          let entry = correction.ulps[index]
          let original: Float
          if entry == FoldCorrection.exactMark {
            original = Float(bitPattern: correction.exact[nextExact])
            nextExact += 1
          } else {
            original = neighbour(of: guess, entry)
          }
          let isFaithful =
            product(original, s).bitPattern == folded[index].bitPattern
            && self.entry(from: guess, to: original) == entry
          isConsistent = isConsistent && isFaithful
          originals.initializeElement(at: index, to: original)
        }
        filled = count
      }
    }
    return isConsistent ? Tensor(shape: folded.shape, floats: originals) : nil
  }

  @inline(__always)
  private static func forEachElement(of count: Int, _ scale: [Double], _ body: (Int, Double) -> Void) {
    for start in stride(from: 0, to: count, by: scale.count) {
      for channel in scale.indices { body(start + channel, scale[channel]) }
    }
  }

  @inline(__always)
  private static func product(_ original: Float, _ s: Double) -> Float { product(Double(original), s) }

  @inline(__always)
  private static func product(_ original: Double, _ s: Double) -> Float {
    let product = original * s
    // Which of the many bit patterns a processor gives is not specified.
    return product.isNaN ? .nan : Float(product)
  }

  private static func quotient(_ folded: Float, _ s: Double) -> Float { Float(Double(folded) / s) }

  /// Steps from `guess` to `original` along the representable numbers, or the mark.
  private static func entry(from guess: Float, to original: Float) -> Int8 {
    guard guess.isFinite else { return FoldCorrection.exactMark }
    let distance = rank(original) - rank(guess)
    return abs(distance) <= 1 ? Int8(truncatingIfNeeded: distance) : FoldCorrection.exactMark
  }

  private static func neighbour(of guess: Float, _ steps: Int8) -> Float {
    let rank = rank(guess) + Int64(steps)
    let bits = rank >= 0 ? rank : Int64(1) << 31 | ~rank
    return Float(bitPattern: UInt32(truncatingIfNeeded: bits))
  }

  /// Place among all bit patterns in the order of the numbers; −0 stands at −1, just below 0.
  private static func rank(_ value: Float) -> Int64 {
    let magnitude = Int64(value.bitPattern & 0x7fff_ffff)
    return value.sign == .plus ? magnitude : ~magnitude
  }
}
