/// Changes the size of images, as Keras's `image_dataset_from_directory` does by default.
public enum Resize {
  /// `tf.image.resize(image, [height, width])` to the bit: bilinear, half-pixel centres, no antialiasing.
  ///
  /// - Returns: Shape [height, width, 3], values from 0 to 255.
  public static func bilinear(_ image: RGBImage, height: Int, width: Int) -> [Float] {
    let identity = NetworkInput(height: height, width: width, divisor: 1, offset: 0)
    return [Float](unsafeUninitializedCapacity: identity.elementCount) { target, count in
      bilinear(image, for: identity, into: target)
      count = identity.elementCount
    }
  }

  /// The same, fitted as asked, then x / divisor + offset, written to `target` in shape [height, width, 3].
  ///
  /// - Precondition: `target` has room for `input.elementCount` floats; they may be uninitialized.
  public static func bilinear(
    _ image: RGBImage, for input: NetworkInput, fitting: AspectFitting = .stretch,
    into target: UnsafeMutableBufferPointer<Float>
  ) {
    let source = fitting.source(height: image.height, width: image.width, for: input)
    bilinear(image, source, to: fitting.target(of: source, in: input), for: input, into: target)
  }

  /// The part `source` of an image as the part `frame` of an image of the input's size, before any scaling of
  /// values.
  static func bilinear(
    _ image: RGBImage, _ source: PixelRectangle, to frame: PixelRectangle, for input: NetworkInput
  ) -> FloatImage {
    let identity = NetworkInput(height: input.height, width: input.width, divisor: 1, offset: 0)
    let values = [Float](unsafeUninitializedCapacity: identity.elementCount) { target, count in
      bilinear(image, source, to: frame, for: identity, into: target)
      count = identity.elementCount
    }
    return FloatImage(height: input.height, width: input.width, values: values)
  }

  /// Resizes the part `source` of an image to the part `frame` of the input; the rest is what 0 is to the
  /// network.
  static func bilinear(
    _ image: RGBImage, _ source: PixelRectangle, to frame: PixelRectangle, for input: NetworkInput,
    into target: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(target.count >= input.elementCount, "\(target.count) floats for \(input.elementCount)")
    if frame.height < input.height || frame.width < input.width {
      let black = 0 / input.divisor + input.offset
      UnsafeMutableBufferPointer(rebasing: target[..<input.elementCount]).initialize(repeating: black)
    }
    let rowTaps = Tap.taps(from: source.height, to: frame.height)
    let rowFloats = frame.width * 3
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * rowFloats) { scratch in
      var rows = StretchedRows(image, source, width: frame.width, scratch: scratch)
      for (y, tap) in rowTaps.enumerated() {
        let (upper, lower) = rows.rows(tap.lower, tap.upper)
        let start = ((frame.top + y) * input.width + frame.left) * 3
        let output = UnsafeMutableBufferPointer(rebasing: target[start..<start + rowFloats])
        blend(upper, lower, tap.fraction, input, into: output)
      }
    }
  }

  /// `into` = (upper + (lower − upper) · fraction) / divisor + offset
  private static func blend(
    _ upper: UnsafePointer<Float>, _ lower: UnsafePointer<Float>, _ fraction: Float, _ input: NetworkInput,
    into output: UnsafeMutableBufferPointer<Float>
  ) {
    let (divisor, offset) = (input.divisor, input.offset)
    let target = output.baseAddress!
    for i in 0..<output.count {
      target[i] = (upper[i] + (lower[i] - upper[i]) * fraction) / divisor + offset
    }
  }
}

/// The two source positions between which an output position lies, and how far from the first.
struct Tap {
  let lower: Int
  let upper: Int
  let fraction: Float

  /// TensorFlow's `compute_interpolation_weights` with `HalfPixelScaler`, in its order of float operations.
  static func taps(from inputSize: Int, to outputSize: Int) -> [Tap] {
    let scale = Float(inputSize) / Float(outputSize)
    return (0..<outputSize).map { position in
      let source = (Float(position) + 0.5) * scale - 0.5
      let floor = source.rounded(.down)
      return Tap(
        lower: max(Int(floor), 0), upper: min(Int(source.rounded(.up)), inputSize - 1),
        fraction: source - floor)
    }
  }
}

/// Rows of a part of an image, stretched to another width. Keeps two: enlarging asks for the same neighbours
/// again.
private struct StretchedRows {
  private let image: RGBImage
  private let source: PixelRectangle
  private let columns: [Tap]
  private let scratch: UnsafeMutableBufferPointer<Float>
  /// Which row of the part each half of `scratch` holds.
  private var held: (Int, Int) = (-1, -1)

  init(_ image: RGBImage, _ source: PixelRectangle, width: Int, scratch: UnsafeMutableBufferPointer<Float>) {
    self.image = image
    self.source = source
    // Offsets of bytes in a row, rather than of pixels.
    self.columns = Tap.taps(from: source.width, to: width).map {
      Tap(lower: 3 * $0.lower, upper: 3 * $0.upper, fraction: $0.fraction)
    }
    self.scratch = scratch
  }

  mutating func rows(_ upper: Int, _ lower: Int) -> (UnsafePointer<Float>, UnsafePointer<Float>) {
    let first = scratch.baseAddress!
    let second = first + scratch.count / 2
    let isSwapped = held.1 == upper || held.0 == lower
    let (upperHalf, lowerHalf) = isSwapped ? (second, first) : (first, second)
    let (heldUpper, heldLower) = isSwapped ? (held.1, held.0) : held
    if heldUpper != upper { stretch(upper, into: upperHalf) }
    if lower != upper && heldLower != lower { stretch(lower, into: lowerHalf) }
    let nowLower = lower == upper ? heldLower : lower
    held = isSwapped ? (nowLower, upper) : (upper, nowLower)
    return (UnsafePointer(upperHalf), UnsafePointer(lower == upper ? upperHalf : lowerHalf))
  }

  private func stretch(_ row: Int, into target: UnsafeMutablePointer<Float>) {
    image.pixels.withUnsafeBufferPointer { pixels in
      columns.withUnsafeBufferPointer { columns in
        let source = pixels.baseAddress! + ((source.top + row) * image.width + source.left) * 3
        for x in 0..<columns.count {
          let tap = columns[x]
          let (left, right) = (source + tap.lower, source + tap.upper)
          for channel in 0..<3 {
            let from = Float(left[channel])
            target[3 * x + channel] = from + (Float(right[channel]) - from) * tap.fraction
          }
        }
      }
    }
  }
}
