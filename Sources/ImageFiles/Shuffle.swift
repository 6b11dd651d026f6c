/// Random orders that follow from the generator alone: the standard library's `shuffled(using:)` may change.
public enum Shuffle {
  /// A random order of the numbers below `count`: Fisher and Yates, every order equally likely.
  public static func order(count: Int, using generator: inout some RandomNumberGenerator) -> [Int] {
    var order = Array(0..<count)
    for remaining in stride(from: count, to: 1, by: -1) {
      order.swapAt(remaining - 1, number(below: remaining, using: &generator))
    }
    return order
  }

  /// A random number below `bound`, without bias.
  ///
  /// Lemire, "Fast random integer generation in an interval", 2019.
  private static func number(below bound: Int, using generator: inout some RandomNumberGenerator) -> Int {
    let bound = UInt64(bound)
    let rejected = (0 &- bound) % bound
    var product: (high: UInt64, low: UInt64)
    repeat { product = bound.multipliedFullWidth(by: generator.next()) } while product.low < rejected
    return Int(product.high)
  }
}
