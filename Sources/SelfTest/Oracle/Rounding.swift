/// How far a sum in single precision may be off.
///
/// The probabilistic bound of N. J. Higham and T. Mary, "A new approach to probabilistic rounding error analysis", SIAM
/// Journal on Scientific Computing 41 (2019): a value into which n roundings go, in whatever order, is off by at most
/// λ·√n·u of the sum of the terms' magnitudes, but for a probability of about 2n·exp(−λ²/2); for few roundings the
/// certain bound n·u is the smaller one. With λ = 8 less than one value in 10⁹ would be judged wrong by accident.
package enum Rounding {
  /// u: half of the distance from 1 to the next number.
  static let unit = 0x1p-24
  private static let lambda = 8.0
  /// Below it a device may take a number for zero.
  static let smallestNormal = 0x1p-126

  /// The share of the sum of magnitudes.
  package static func share(roundings: Int) -> Double {
    let n = Double(roundings)
    return min(n, lambda * n.squareRoot()) * unit
  }
}
