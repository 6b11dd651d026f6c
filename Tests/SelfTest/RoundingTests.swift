import Reference
import SelfTest
import Testing

/// The bounds hold for sums in single precision, and a term that is left out is beyond them.
@Suite struct RoundingTests {
  @Test(arguments: [1, 2, 17, 100, 1000, 10_000, 100_000])
  func aPlainSumKeepsWithinItsBound(_ terms: Int) {
    var numbers = Numbers(seed: UInt64(terms))
    for low in [Float(-1), 0] {
      let x = numbers.uniform(terms, low, 1)
      let w = numbers.uniform(terms, low, 1)
      let single = zip(x, w).reduce(Float(0)) { $0 + $1.0 * $1.1 }
      let double = zip(x, w).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      let magnitude = zip(x, w).reduce(0) { $0 + abs(Double($1.0) * Double($1.1)) }
      let bound = Rounding.share(roundings: terms + 1) * magnitude
      #expect(abs(Double(single) - double) <= bound)
      // Up to sums of some thousand terms, one that is left out shows.
      if terms <= 1000 { #expect(magnitude / Double(terms) > bound) }
    }
  }

  @Test func whatIsNoNumberIsInfinitelyWrong() {
    var deviation = Deviation()
    deviation.add(error: .nan, bound: 1)
    deviation.add(error: 0.5, bound: 1)
    #expect(deviation.error == .infinity)
    deviation = Deviation()
    deviation.add([1], Expected(exact: NDArray(shape: [2], elements: [1, 1])))
    #expect(deviation.error == .infinity)
  }
}
