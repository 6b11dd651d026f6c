/// What turns a folded kernel back into the kernel it came from, bit for bit.
///
/// Dividing a folded element by its channel's scale gives the original or a neighbour of it. `ulps` holds which:
/// 0, or −1 or 1 for the representable number below or above. Where the original lies further away (a scale that
/// is zero, infinite or not a number, a product below the normal range), `ulps` holds `exactMark` and the
/// original's bits stand in `exact`.
///
/// A value of this type is sound: it has no other entries, and as many exact values as marks.
public struct FoldCorrection: Sendable, Hashable {
  /// One entry an element, in the kernel's order: −1, 0, 1 or `exactMark`.
  public let ulps: [Int8]
  /// Bit patterns of the marked elements, in the kernel's order.
  public let exact: [UInt32]

  public static let exactMark = Int8.min

  /// - Returns: nil where an entry is none of the four, or the marks are not as many as the exact values.
  public init?(ulps: [Int8], exact: [UInt32]) {
    var marks = 0
    for entry in ulps where entry.magnitude > 1 {
      guard entry == FoldCorrection.exactMark else { return nil }
      marks += 1
    }
    guard marks == exact.count else { return nil }
    self.init(sound: ulps, exact: exact)
  }

  /// A correction whose entries and marks were made by code that makes no others; for these a second look at
  /// millions of entries would be the larger part of reading a pack.
  package init(sound ulps: [Int8], exact: [UInt32]) {
    self.ulps = ulps
    self.exact = exact
  }
}
