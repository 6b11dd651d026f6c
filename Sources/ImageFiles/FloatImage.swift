import Glibc

/// An image on its way to a network: shape [height, width, 3], red, green and blue from 0 to 255, rows from
/// the top.
public struct FloatImage: Sendable, Hashable {
  public let height: Int
  public let width: Int
  public private(set) var values: [Float]

  /// - Precondition: `values` holds exactly height · width · 3 numbers, and both sides are at least one.
  public init(height: Int, width: Int, values: [Float]) {
    precondition(height > 0 && width > 0 && values.count == height * width * 3, "\(height)×\(width) values")
    self.height = height
    self.width = width
    self.values = values
  }

  /// Mirrors it left to right: `tf.image.flip_left_right`.
  public mutating func flip() {
    for row in 0..<height {
      for x in 0..<width / 2 {
        let (left, right) = ((row * width + x) * 3, (row * width + width - 1 - x) * 3)
        for channel in 0..<3 { values.swapAt(left + channel, right + channel) }
      }
    }
  }

  /// Turns it about its middle, by positive degrees counter-clockwise. Bilinear; what comes in from outside
  /// is the image reflected at its edges: TensorFlow's `ImageProjectiveTransformV3` with fill mode REFLECT,
  /// which Keras's `RandomRotation` calls.
  public mutating func rotate(degrees: Double) {
    let angle = degrees * .pi / 180
    let (cosine, sine) = (Float(cos(angle)), Float(sin(angle)))
    let (middleX, middleY) = (Float(width - 1) / 2, Float(height - 1) / 2)
    let source = self
    for y in 0..<height {
      for x in 0..<width {
        let (right, down) = (Float(x) - middleX, Float(y) - middleY)
        let from = Tap(reflecting: cosine * right - sine * down + middleX, below: width)
        let row = Tap(reflecting: sine * right + cosine * down + middleY, below: height)
        for channel in 0..<3 {
          let upper = source.value(row.lower, from, channel)
          let lower = source.value(row.upper, from, channel)
          values[(y * width + x) * 3 + channel] = upper + (lower - upper) * row.fraction
        }
      }
    }
  }
}

extension FloatImage {
  /// What lies between two columns of a row.
  fileprivate func value(_ row: Int, _ tap: Tap, _ channel: Int) -> Float {
    let (left, right) = (
      values[(row * width + tap.lower) * 3 + channel], values[(row * width + tap.upper) * 3 + channel]
    )
    return left + (right - left) * tap.fraction
  }
}

// MARK: - Colour, as Pillow's ImageEnhance and torchvision change it, values clipped to 0 to 255

extension FloatImage {
  /// Away from black.
  public mutating func scaleBrightness(by factor: Float) {
    for i in values.indices { values[i] = Self.clipped(values[i] * factor) }
  }

  /// Away from the image's mean grey.
  public mutating func scaleContrast(by factor: Float) {
    var sum = 0.0
    for pixel in 0..<height * width { sum += Double(grey(pixel)) }
    let mean = Float(sum / Double(height * width))
    for i in values.indices { values[i] = Self.clipped(mean + (values[i] - mean) * factor) }
  }

  /// Away from the grey of each pixel.
  public mutating func scaleSaturation(by factor: Float) {
    for pixel in 0..<height * width {
      let grey = grey(pixel)
      for i in 3 * pixel..<3 * pixel + 3 { values[i] = Self.clipped(grey + (values[i] - grey) * factor) }
    }
  }

  /// The luma of ITU-R BT.601.
  private func grey(_ pixel: Int) -> Float {
    0.299 * values[3 * pixel] + 0.587 * values[3 * pixel + 1] + 0.114 * values[3 * pixel + 2]
  }

  private static func clipped(_ value: Float) -> Float { min(max(value, 0), 255) }
}

extension Tap {
  /// Where a position lies among `size` samples that go on reflected at both ends:
  /// (d c b a | a b c d | d c b a).
  fileprivate init(reflecting position: Float, below size: Int) {
    let period = Float(2 * size)
    var inside = position - (position / period).rounded(.down) * period
    if inside > Float(size) - 0.5 { inside = period - 1 - inside }
    inside = min(max(inside, 0), Float(size - 1))
    let lower = min(Int(inside), size - 1)
    self.init(lower: lower, upper: min(lower + 1, size - 1), fraction: inside - Float(lower))
  }
}
