/// Keras's `padding` argument of convolutions and poolings.
public enum Padding: String, Sendable, Hashable {
  case valid
  case same
}

/// A height and a width, in pixels.
public struct Size2D: Sendable, Hashable {
  public var height: Int
  public var width: Int

  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  public init(square side: Int) { self.init(height: side, width: side) }
}

/// Pixels added on each side: zeros for a convolution.
public struct Margins: Sendable, Hashable {
  public var top: Int
  public var bottom: Int
  public var left: Int
  public var right: Int

  public init(top: Int, bottom: Int, left: Int, right: Int) {
    self.top = top
    self.bottom = bottom
    self.left = left
    self.right = right
  }

  public static let none = Margins(top: 0, bottom: 0, left: 0, right: 0)
}

/// The window that a convolution or pooling slides over an image.
public struct Window: Sendable, Hashable {
  public var size: Size2D
  public var strides: Size2D
  public var padding: Padding

  public init(size: Size2D, strides: Size2D, padding: Padding) {
    self.size = size
    self.strides = strides
    self.padding = padding
  }

  /// Output height and width over an input of `input` pixels, and the margins that `padding` stands for.
  ///
  /// TensorFlow's rule: `valid` gives ⌊(n − k) / s⌋ + 1 outputs; `same` gives ⌈n / s⌉ and splits the
  /// missing pixels evenly, an odd one going to the bottom and the right.
  ///
  /// - Returns: nil where the window does not fit even once.
  public func output(over input: Size2D) -> (size: Size2D, margins: Margins)? {
    guard let rows = Window.extent(input.height, size.height, strides.height, padding),
      let columns = Window.extent(input.width, size.width, strides.width, padding)
    else { return nil }
    return (
      Size2D(height: rows.count, width: columns.count),
      Margins(top: rows.before, bottom: rows.after, left: columns.before, right: columns.after)
    )
  }

  private static func extent(_ n: Int, _ k: Int, _ stride: Int, _ padding: Padding)
    -> (count: Int, before: Int, after: Int)?
  {
    guard n > 0, k > 0, stride > 0 else { return nil }
    switch padding {
    case .valid:
      return n >= k ? ((n - k) / stride + 1, 0, 0) : nil
    case .same:
      let count = (n + stride - 1) / stride
      let missing = max((count - 1) * stride + k - n, 0)
      return (count, missing / 2, missing - missing / 2)
    }
  }
}
