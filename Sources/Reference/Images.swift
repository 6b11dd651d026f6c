public import ModelGraph

/// `ZeroPadding2D`: the image [N, H, W, C] with margins of zeros.
public enum ZeroPadding2D {
  public static func forward(_ x: NDArray, _ margins: Margins) -> NDArray {
    let height = x.size.height + margins.top + margins.bottom
    let width = x.size.width + margins.left + margins.right
    var y = NDArray(zeros: [x.batch, height, width, x.channels])
    forEachRow(of: x.shape, within: y.shape, margins) { inner, outer in
      y.elements.replaceSubrange(outer, with: x.elements[inner])
    }
    return y
  }

  /// What lies inside the margins.
  public static func backward(_ dy: NDArray, _ margins: Margins) -> NDArray {
    let height = dy.size.height - margins.top - margins.bottom
    let width = dy.size.width - margins.left - margins.right
    var dx = NDArray(zeros: [dy.batch, height, width, dy.channels])
    forEachRow(of: dx.shape, within: dy.shape, margins) { inner, outer in
      dx.elements.replaceSubrange(inner, with: dy.elements[outer])
    }
    return dx
  }

  /// Where each row of pixels lies in the image without, and in the image with margins.
  private static func forEachRow(
    of inner: Shape, within outer: Shape, _ margins: Margins, _ body: (Range<Int>, Range<Int>) -> Void
  ) {
    let length = inner[2] * inner[3]
    for n in 0..<inner[0] {
      for y in 0..<inner[1] {
        let from = (n * inner[1] + y) * length
        let to = ((n * outer[1] + y + margins.top) * outer[2] + margins.left) * outer[3]
        body(from..<from + length, to..<to + length)
      }
    }
  }
}

/// `AveragePooling2D`: the mean over the window's pixels that lie in the image, as TensorFlow counts them.
public enum AveragePooling2D {
  public static func forward(_ x: NDArray, _ window: Window) -> NDArray {
    let sliding = Sliding(window, over: x.size, batch: x.batch)
    let counts = self.counts(sliding)
    let channels = x.channels
    var y = NDArray(zeros: sliding.outputShape(channels: channels))
    for tap in sliding.allTaps {
      for c in 0..<channels {
        y.elements[tap.output * channels + c] += x.elements[tap.input * channels + c] / counts[tap.output]
      }
    }
    return y
  }

  /// dx[n, y, x, c] = Σ dy[n, oy, ox, c] / count[oy, ox] over the windows that the pixel lies in.
  public static func backward(_ dy: NDArray, _ window: Window, inputShape: Shape) -> NDArray {
    var dx = NDArray(zeros: inputShape)
    let sliding = Sliding(window, over: dx.size, batch: dx.batch)
    let counts = self.counts(sliding)
    let channels = dx.channels
    for tap in sliding.allTaps {
      for c in 0..<channels {
        dx.elements[tap.input * channels + c] += dy.elements[tap.output * channels + c] / counts[tap.output]
      }
    }
    return dx
  }

  /// How many pixels of the image each output averages.
  private static func counts(_ sliding: Sliding) -> [Double] {
    var counts = [Double](repeating: 0, count: sliding.outputShape(channels: 1).reduce(1, *))
    for tap in sliding.allTaps { counts[tap.output] += 1 }
    return counts
  }
}

/// `GlobalAveragePooling2D`: the mean over an image's pixels.
public enum GlobalAveragePooling2D {
  public static func forward(_ x: NDArray, keepDims: Bool) -> NDArray {
    let shape = keepDims ? [x.batch, 1, 1, x.channels] : [x.batch, x.channels]
    return AveragePooling2D.forward(x, wholeImage(x.size)).reshaped(to: shape)
  }

  public static func backward(_ dy: NDArray, inputShape: Shape) -> NDArray {
    let size = Size2D(height: inputShape[1], width: inputShape[2])
    let pooled = dy.reshaped(to: [inputShape[0], 1, 1, inputShape[3]])
    return AveragePooling2D.backward(pooled, wholeImage(size), inputShape: inputShape)
  }

  private static func wholeImage(_ size: Size2D) -> Window {
    Window(size: size, strides: size, padding: .valid)
  }
}
