import ModelGraph
import Testing

/// Conversions held against values worked out by hand and against the search for the nearest neighbour.
@Suite struct TensorConversionTests {
  private func tensor(_ dtype: DType, _ bits: [UInt16]) -> Tensor {
    Tensor(
      shape: [bits.count], dtype: dtype,
      bytes: TensorBytes(count: bits.count * 2) { raw in
        for (index, value) in bits.enumerated() {
          raw.storeBytes(of: value.littleEndian, toByteOffset: 2 * index, as: UInt16.self)
        }
      })
  }

  private func bits(_ tensor: Tensor) -> [UInt16] {
    tensor.bytes.withUnsafeBytes { raw in
      (0..<tensor.elementCount).map {
        UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self))
      }
    }
  }

  @Test func halvesAreTheirNumbers() {
    let halves = tensor(.float16, [0x3C00, 0xC000, 0x7BFF, 0x0001, 0x8000, 0x7C00])
    #expect(
      halves.float32 == Tensor(shape: [6], floats: [1, -2, 65504, 0x1p-24, -0.0, .infinity]))
    let upper = tensor(.bfloat16, [0x3F80, 0xC000, 0x0001, 0x8000, 0x7F80])
    #expect(upper.float32 == Tensor(shape: [5], floats: [1, -2, 0x1p-133, -0.0, .infinity]))
  }

  @Test func roundingGoesToTheEvenNeighbour() {
    let ties: [Float] = [1 + 0x1p-11, 1 + 3 * 0x1p-11, -(1 + 0x1p-11), 1.5 * 0x1p-24, 0.5 * 0x1p-24, 65520]
    #expect(
      bits(Tensor(shape: [6], floats: ties).rounded(to: .float16)) == [
        0x3C00, 0x3C02, 0xBC00, 0x0002, 0x0000, 0x7C00,
      ])
    let upperTies: [Float] = [1 + 0x1p-8, 1 + 3 * 0x1p-8, 0x1.FFp+127, .greatestFiniteMagnitude]
    #expect(
      bits(Tensor(shape: [4], floats: upperTies).rounded(to: .bfloat16)) == [0x3F80, 0x3F82, 0x7F80, 0x7F80])
  }

  @Test(arguments: [DType.float16, .bfloat16])
  func everyBitPatternComesBack(_ dtype: DType) {
    let all = Array(UInt16.min ... .max)
    #expect(bits(tensor(dtype, all).float32.rounded(to: dtype)) == all)
  }

  @Test(arguments: [DType.float16, .bfloat16, .float64])
  func whatIsNotANumberStaysSo(_ dtype: DType) {
    let signalling = Float(bitPattern: 0x7F80_0001)
    let there = Tensor(shape: [2], floats: [.nan, signalling]).rounded(to: dtype)
    let areNumbers = there.float32.floats.map { !$0.isNaN }
    #expect(areNumbers == [false, false])
  }

  @Test func float64HoldsEveryFloat32() {
    let floats: [Float] = [1, -0.1, 0x1p-149, -0.0, .infinity]
    let wide = Tensor(shape: [5], floats: floats).rounded(to: .float64)
    #expect(wide.dtype == .float64)
    #expect(wide.float32 == Tensor(shape: [5], floats: floats))
  }

  /// The standard library's conversion is another's work.
  @Test func float16IsTheStandardLibrarys() {
    let finite = (UInt16.min ... .max).filter { $0 & 0x7FFF <= 0x7C00 }
    #expect(tensor(.float16, finite).float32.floats == finite.map { Float(Float16(bitPattern: $0)) })
    var random = SplitMix64(seed: 1)
    // Any bits, and bits whose exponent float16 has.
    let floats = (0..<200_000).map { index in
      let bits = UInt32(truncatingIfNeeded: random.next())
      return Float(bitPattern: index % 2 == 0 ? bits : bits & 0x8FFF_FFFF | 0x3000_0000)
    }.filter { !$0.isNaN }
    #expect(
      bits(Tensor(shape: [floats.count], floats: floats).rounded(to: .float16))
        == floats.map { Float16($0).bitPattern })
  }
}
