/// `float16` and `bfloat16` as bits, in steps that a compiler turns into vector code: the standard library's
/// conversion of a `Float16` is a call an element where the processor has no instruction for it.
///
/// Whatever comes from sixteen bits goes back to the same, numbers that are none included.
package enum HalfPrecision {
  /// The numbers of `count` elements of `float16`.
  package static func floats(
    fromFloat16 halves: UnsafePointer<UInt16>, count: Int, to floats: UnsafeMutablePointer<Float>
  ) {
    for index in 0..<count { floats[index] = float(fromFloat16: UInt16(littleEndian: halves[index])) }
  }

  /// The nearest `float16` of `count` numbers, ties to even.
  ///
  /// - Returns: Whether each finite number is near one, and not beyond the largest.
  package static func float16(
    _ floats: UnsafePointer<Float>, count: Int, to halves: UnsafeMutablePointer<UInt16>
  ) -> Bool {
    var beyond: UInt32 = 0
    for index in 0..<count {
      halves[index] = float16(floats[index]).littleEndian
      let magnitude = floats[index].bitPattern & 0x7FFF_FFFF
      beyond |= magnitude >= 0x477F_F000 && magnitude < 0x7F80_0000 ? 1 : 0
    }
    return beyond == 0
  }

  /// The largest finite `float16`.
  package static let largest: Float = 65_504

  /// The number of a `float16`.
  @inline(__always)
  static func float(fromFloat16 half: UInt16) -> Float {
    let magnitude = UInt32(half & 0x7FFF) << 13
    // The exponents' biases are 112 apart; the largest exponent stands for what is not finite in both.
    let scaled = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
    let exponent: UInt32 = magnitude >= 0x0F80_0000 ? 0x7F80_0000 : 0
    return Float(bitPattern: scaled | exponent | UInt32(half & 0x8000) << 16)
  }

  /// The nearest `float16`, ties to even.
  @inline(__always)
  static func float16(_ value: Float) -> UInt16 {
    let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16) & 0x8000
    let magnitude = value.bitPattern & 0x7FFF_FFFF
    // Added to a number below the normal range, it leaves the number's multiple of 2⁻²⁴ in the lowest bits.
    let aligner: UInt32 = 126 << 23
    let subnormal = (Float(bitPattern: magnitude) + Float(bitPattern: aligner)).bitPattern &- aligner
    let normal = (magnitude &- 112 << 23 &+ 0xFFF &+ (magnitude >> 13 & 1)) >> 13
    // 65520 and more are infinite.
    let infinite: UInt32 =
      magnitude > 0x7F80_0000 ? nonNumber(magnitude >> 13 & 0x3FF, 0x200) | 0x7C00 : 0x7C00
    let rounded =
      magnitude < 113 << 23 ? subnormal : magnitude >= 0x477F_F000 ? infinite : normal
    return UInt16(truncatingIfNeeded: rounded) | sign
  }

  /// The number of a `bfloat16`.
  @inline(__always)
  static func float(fromBFloat16 half: UInt16) -> Float { Float(bitPattern: UInt32(half) << 16) }

  /// The nearest `bfloat16`, ties to even.
  @inline(__always)
  static func bfloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    // Half of the last place, less one where the upper half is even: ties go to the even neighbour.
    let rounded = (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16
    let isNumber = bits & 0x7FFF_FFFF <= 0x7F80_0000
    let upper = bits >> 16
    let other = upper & 0xFF80 | nonNumber(upper & 0x7F, 0x40)
    return UInt16(truncatingIfNeeded: isNumber ? rounded : other)
  }

  /// The bits of the next number up or down, in either format; 0 and −0 are one number.
  static func neighbour(of half: UInt16, isUp: Bool) -> UInt16 {
    guard half & 0x7FFF != 0 else { return isUp ? 0x0001 : 0x8001 }
    let isNegative = half & 0x8000 != 0
    return isUp == isNegative ? half &- 1 : half &+ 1
  }

  /// The mantissa of what is no number: its upper bits, or, where those would make it infinite, the quiet one.
  @inline(__always)
  private static func nonNumber(_ mantissa: UInt32, _ quiet: UInt32) -> UInt32 {
    mantissa == 0 ? quiet : mantissa
  }
}
