/// Ways to vary an image at random, so that a network learns from more than there is.
///
/// Images are varied in the order crop, flip, rotate, color. What is drawn for one follows from the seed, the
/// view, the image's index and the kind of variation, so that neither the batch, nor the thread, nor another
/// kind changes it: see ``ImageRandom``.
public struct Augmentation: OptionSet, Sendable, Hashable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Every other image is mirrored left to right.
  public static let flip = Augmentation(rawValue: 1)
  /// A part of the image of 50 % to 100 % of its area is resized instead of the whole, its sides in a
  /// proportion from 3:4 to 4:3 of the image's own; as torchvision's `RandomResizedCrop` does with other
  /// ranges.
  public static let crop = Augmentation(rawValue: 2)
  /// Brightness, contrast and saturation, in this order, each times 0.8 to 1.2; as torchvision's
  /// `ColorJitter`.
  public static let color = Augmentation(rawValue: 4)
  /// Turned about its middle by up to 15° either way; what comes in from outside is the image reflected at
  /// its edges, as Keras's `RandomRotation(15 / 360)` does.
  public static let rotate = Augmentation(rawValue: 8)

  /// Every kind under its name, in the order of a help text.
  public static let named: [(name: String, augmentation: Augmentation)] = [
    ("flip", .flip), ("crop", .crop), ("color", .color), ("rotate", .rotate),
  ]
}

/// The random numbers for one kind of variation of one view of one image.
///
/// The generator is SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
/// 2014). With m(x) for the first number of the generator that is seeded with x, it is seeded with m(m(m(seed
/// xor m(view)) xor m(index)) xor m(kind)), where the kind is the raw value of the ``Augmentation``.
struct ImageRandom {
  private var state: UInt64

  init(seed: UInt64, view: Int, index: Int, kind: Augmentation) {
    state = [view, index, kind.rawValue].reduce(seed) { state, number in
      Self.mix(state ^ Self.mix(UInt64(bitPattern: Int64(number))))
    }
  }

  /// A number from `lowest` up to, not including, `highest`; in steps of 2⁻⁵³ of their distance.
  mutating func number(from lowest: Double, to highest: Double) -> Double {
    let value = Self.mix(state)
    state &+= Self.step
    return lowest + (highest - lowest) * (Double(value >> 11) * 0x1p-53)
  }

  /// A whole number from 0 to `highest`.
  mutating func index(upTo highest: Int) -> Int {
    min(Int(number(from: 0, to: Double(highest) + 1)), highest)
  }

  private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

  private static func mix(_ seed: UInt64) -> UInt64 {
    var z = seed &+ step
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
