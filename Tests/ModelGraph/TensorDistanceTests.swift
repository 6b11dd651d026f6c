import ModelGraph
import Testing

/// Distances worked out by hand.
@Suite struct TensorDistanceTests {
  private func distance(_ a: [Float], _ b: [Float]) -> TensorDistance {
    TensorDistance(Tensor(shape: [a.count], floats: a), Tensor(shape: [b.count], floats: b))
  }

  @Test func largestOfEachKind() {
    // The numbers from 2 to 4 are 2⁻²² apart; 4 is the largest of the first.
    let found = distance([1, 2, -4], [1, 2 + 0x1p-21, -4])
    #expect(found.differing == 1)
    #expect(found.maxAbs == 0x1p-21)
    #expect(found.maxUlp == 2)
    #expect(found.relative == 0x1p-23)
  }

  @Test func theLargestStepsNeedNotBeTheLargestDistance() {
    let found = distance([1000, 0x1p-149], [1001, 0x1.8p-126])
    #expect(found.differing == 2)
    #expect(found.maxAbs == 1)
    // 1.5 · 2⁻¹²⁶ is number 1.5 · 2²³ above 0; from 1000 to 1001 there are 2¹⁴ steps of 2⁻¹⁴.
    #expect(found.maxUlp == 12_582_911)
    #expect(found.relative == 0.001)
  }

  @Test func theTwoZerosAreOneStepApart() {
    let found = distance([0], [-0.0])
    #expect(found.differing == 1)
    #expect(found.maxAbs == 0)
    #expect(found.maxUlp == 1)
    #expect(found.relative == 0)
  }

  @Test func stepsAcrossZeroCountBothZeros() {
    let found = distance([0x1p-149], [-0x1p-149])
    #expect(found.maxUlp == 3)
    #expect(found.maxAbs == 0x1p-148)
    #expect(found.relative == 2)
  }

  @Test func nothingIsRelativeToZero() {
    let found = distance([0, 0], [0, 0.5])
    #expect(found.maxAbs == 0.5)
    #expect(found.relative == nil)
    #expect(distance([0, 0], [0, 0]).relative == 0)
  }

  @Test func oneNaNEqualsItself() {
    let found = distance([.nan, 1], [.nan, 1.5])
    #expect(found.differing == 1)
    #expect(found.maxAbs == 0.5)
    #expect(found.relative == 0.5)
  }

  @Test(arguments: [Float(1), .infinity, Float(bitPattern: 0x7FC0_0001), -.nan])
  func noDistanceFromNaNToAnythingElse(_ other: Float) {
    let found = distance([.nan, 1], [other, 2])
    #expect(found == distance([other, 1], [.nan, 2]))
    #expect(found.differing == 2)
    #expect(found.maxAbs == nil)
    #expect(found.maxUlp == nil)
    #expect(found.relative == nil)
  }

  @Test func infinityIsAStepBeyondTheLargestNumber() {
    let found = distance([.greatestFiniteMagnitude], [.infinity])
    #expect(found.maxUlp == 1)
    #expect(found.maxAbs == nil)
    #expect(found.relative == nil)
    let equal = distance([.infinity, 2], [.infinity, 3])
    #expect(equal.maxAbs == 1)
    #expect(equal.relative == 0.5)
  }

  @Test func doublesAreMeasuredAsDoubles() {
    let one = Tensor(shape: [1], floats: [1]).rounded(to: .float64)
    let bits = (1 + 0x1p-30).bitPattern
    let more = Tensor(
      shape: [1], dtype: .float64,
      bytes: TensorBytes(count: 8) { $0.storeBytes(of: bits.littleEndian, as: UInt64.self) })
    let found = TensorDistance(one, more)
    #expect(found.differing == 1)
    #expect(found.maxAbs == 0x1p-30)
    #expect(found.maxUlp == 0)
  }

  @Test func halvesAreMeasuredAgainstFloats() {
    let third = Tensor(shape: [1], floats: [1 / 3])
    let found = TensorDistance(third, third.rounded(to: .float16))
    // Nearest half to 1/3: 0x3555 = 1365 · 2⁻¹²; the nearest float is 11184811 · 2⁻²⁵.
    #expect(found.maxAbs == 11_184_811 * 0x1p-25 - 1365 * 0x1p-12)
    #expect(found.maxUlp == 11_184_811 - 1365 * 8192)
  }
}
