import ModelGraph
import Testing

/// Statistics worked out by hand.
@Suite struct TensorStatisticsTests {
  private func statistics(_ floats: [Float]) -> TensorStatistics {
    TensorStatistics(of: Tensor(shape: [floats.count], floats: floats))
  }

  @Test func fourNumbers() throws {
    let found = statistics([-2, 0, -0.0, 6])
    let distribution = try #require(found.distribution)
    #expect(distribution.min == -2)
    #expect(distribution.max == 6)
    #expect(distribution.mean == 1)
    // √((9 + 1 + 1 + 25) / 4)
    #expect(distribution.deviation == 3)
    // A bin is 1 wide; −2 opens the first, 0 the third, 6 closes the last.
    #expect(distribution.histogram == [1, 0, 2, 0, 0, 0, 0, 1])
    #expect(found.zeros == 2)
    #expect(found.nonFinite == 0)
  }

  @Test func whatIsNotFiniteIsCountedAndLeftOut() throws {
    let found = statistics([.nan, 1, .infinity, 3, -.infinity])
    let distribution = try #require(found.distribution)
    #expect(found.nonFinite == 3)
    #expect(found.zeros == 0)
    #expect([distribution.min, distribution.max, distribution.mean, distribution.deviation] == [1, 3, 2, 1])
    #expect(distribution.histogram == [1, 0, 0, 0, 0, 0, 0, 1])
  }

  @Test func nothingFiniteHasNoDistribution() {
    let found = statistics([.nan, .infinity])
    #expect(found.distribution == nil)
    #expect(found.nonFinite == 2)
  }

  @Test func oneNumberStandsInTheMiddle() throws {
    let distribution = try #require(statistics([5, 5, 5]).distribution)
    #expect(distribution.deviation == 0)
    #expect(distribution.histogram == [0, 0, 0, 0, 3, 0, 0, 0])
  }

  @Test func aSmallSpreadAroundALargeMeanIsExact() throws {
    let distribution = try #require(statistics([16_777_216, 16_777_218]).distribution)
    #expect(distribution.mean == 16_777_217)
    #expect(distribution.deviation == 1)
  }

  @Test func theWidestAndTheNarrowestRangesHaveBins() throws {
    func doubles(_ numbers: [Double]) -> Tensor {
      Tensor(
        shape: [numbers.count], dtype: .float64,
        bytes: TensorBytes(count: 8 * numbers.count) { raw in
          for (index, number) in numbers.enumerated() {
            raw.storeBytes(
              of: number.bitPattern.littleEndian, toByteOffset: 8 * index, as: UInt64.self)
          }
        })
    }
    let largest = Double.greatestFiniteMagnitude
    let wide = try #require(TensorStatistics(of: doubles([-largest, 0, largest])).distribution)
    #expect(wide.histogram == [1, 0, 0, 0, 1, 0, 0, 1])
    let smallest = Double.leastNonzeroMagnitude
    let narrow = try #require(TensorStatistics(of: doubles([0, smallest])).distribution)
    #expect(narrow.histogram == [1, 0, 0, 0, 0, 0, 0, 1])
  }

  @Test(arguments: [DType.float16, .bfloat16, .float64])
  func everyTypeIsRead(_ dtype: DType) throws {
    let tensor = Tensor(shape: [2, 2], floats: [-2, 0, 0, 6]).rounded(to: dtype)
    let distribution = try #require(TensorStatistics(of: tensor).distribution)
    #expect(
      [distribution.min, distribution.max, distribution.mean, distribution.deviation] == [-2, 6, 1, 3])
  }
}
