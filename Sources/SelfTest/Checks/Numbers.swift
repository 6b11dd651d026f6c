import ModelGraph
import Reference

/// Numbers that a check is made on: the same on every machine.
package struct Numbers {
  private var random: SplitMix64

  package init(seed: UInt64) { random = SplitMix64(seed: seed) }

  /// Multiples of 2⁻²³ between the bounds.
  package mutating func uniform(_ count: Int, _ low: Float = -1, _ high: Float = 1) -> [Float] {
    (0..<count).map { _ in low + (high - low) * Float(random.next() >> 41) / Float(1 << 23) }
  }
}
