/// What turns a folded kernel back into the kernel it came from, bit for bit.
///
/// Dividing a folded element by its channel's scale gives the original or a neighbour of it. `ulps` holds how
/// many representable floats lie between the two; where that does not fit, or the scale is zero or too small
/// to divide by, `ulps` holds `exactMark` and the original's bits stand in `exact`.
public struct FoldCorrection: Sendable, Hashable {
  /// One entry an element, in the kernel's order.
  public let ulps: [Int8]
  /// Bit patterns of the marked elements, in the kernel's order.
  public let exact: [UInt32]

  public static let exactMark = Int8.min

  public init(ulps: [Int8], exact: [UInt32]) {
    self.ulps = ulps
    self.exact = exact
  }
}
