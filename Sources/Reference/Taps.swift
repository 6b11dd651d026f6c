import ModelGraph

/// A product of a sliding window: which pixel of the input meets which place of the window, for what output.
///
/// Pixels are numbered through a batch, n · H · W + y · W + x; places of the window r · kw + s.
struct Tap {
  let input: Int
  let place: Int
  let output: Int
}

/// A window on its way over a batch of images.
struct Sliding {
  let batch: Int
  let inputSize: Size2D
  let outputSize: Size2D
  /// Of one image.
  private let taps: [Tap]

  /// - Precondition: The window fits, as the shape rules of `Graph` guarantee.
  init(_ window: Window, over inputSize: Size2D, batch: Int) {
    guard let (outputSize, margins) = window.output(over: inputSize) else {
      preconditionFailure("a window of \(window.size) does not fit \(inputSize)")
    }
    self.batch = batch
    self.inputSize = inputSize
    self.outputSize = outputSize
    self.taps = Self.taps(window, margins, inputSize, outputSize)
  }

  /// Every place of the window at every output pixel, except those beyond the image's edge.
  private static func taps(_ window: Window, _ margins: Margins, _ input: Size2D, _ output: Size2D) -> [Tap] {
    var taps: [Tap] = []
    for oy in 0..<output.height {
      for ox in 0..<output.width {
        for r in 0..<window.size.height {
          for s in 0..<window.size.width {
            let y = oy * window.strides.height + r - margins.top
            let x = ox * window.strides.width + s - margins.left
            guard (0..<input.height).contains(y), (0..<input.width).contains(x) else { continue }
            let place = r * window.size.width + s
            taps.append(Tap(input: y * input.width + x, place: place, output: oy * output.width + ox))
          }
        }
      }
    }
    return taps
  }

  /// The taps of all images: output pixels in order, places of the window in order at each.
  var allTaps: some Sequence<Tap> {
    let (inputPixels, outputPixels) = (
      inputSize.height * inputSize.width, outputSize.height * outputSize.width
    )
    return (0..<batch).lazy.flatMap { n in
      taps.lazy.map { tap in
        Tap(input: n * inputPixels + tap.input, place: tap.place, output: n * outputPixels + tap.output)
      }
    }
  }

  func outputShape(channels: Int) -> Shape { [batch, outputSize.height, outputSize.width, channels] }
}
