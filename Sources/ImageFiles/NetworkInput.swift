/// What a network wants of an image: its size, and pixels as x / divisor + offset of the values 0 to 255.
public struct NetworkInput: Sendable, Hashable {
  public let height: Int
  public let width: Int
  public let divisor: Float
  public let offset: Float

  /// - Precondition: Both sides are at least one.
  public init(height: Int, width: Int, divisor: Float, offset: Float) {
    precondition(height > 0 && width > 0, "an input of \(height)×\(width)")
    self.height = height
    self.width = width
    self.divisor = divisor
    self.offset = offset
  }

  /// Numbers in an image of shape [height, width, 3].
  public var elementCount: Int { height * width * 3 }
}
