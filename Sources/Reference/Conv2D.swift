public import ModelGraph

/// `Conv2D` without bias and activation:
/// y[n, oy, ox, f] = Σ x[n, oy·S + r − top, ox·S + s − left, c] · kernel[r, s, c, f] over r, s, c.
///
/// x is [N, H, W, C], kernel [kh, kw, C, F], y [N, HO, WO, F]. Beyond the edge x is zero.
public enum Conv2D {
  public static func forward(_ x: NDArray, kernel: NDArray, _ window: Window) -> NDArray {
    let sliding = Sliding(window, over: x.size, batch: x.batch)
    let (channels, filters) = (x.channels, kernel.channels)
    var y = NDArray(zeros: sliding.outputShape(channels: filters))
    let (xs, kernels) = (x.elements.span, kernel.elements.span)
    var ys = y.elements.mutableSpan
    for tap in sliding.allTaps {
      for c in 0..<channels {
        let value = xs[tap.input * channels + c]
        let row = (tap.place * channels + c) * filters
        for f in 0..<filters { ys[tap.output * filters + f] += value * kernels[row + f] }
      }
    }
    return y
  }

  /// dx[n, y, x, c] = Σ dy[n, oy, ox, f] · kernel[r, s, c, f] over f and the taps that read x[n, y, x, c].
  public static func backwardData(
    _ dy: NDArray, kernel: NDArray, _ window: Window, inputShape: Shape
  ) -> NDArray {
    var dx = NDArray(zeros: inputShape)
    let sliding = Sliding(window, over: dx.size, batch: dx.batch)
    let (channels, filters) = (dx.channels, dy.channels)
    let (dys, kernels) = (dy.elements.span, kernel.elements.span)
    var dxs = dx.elements.mutableSpan
    for tap in sliding.allTaps {
      for c in 0..<channels {
        let row = (tap.place * channels + c) * filters
        var sum = 0.0
        for f in 0..<filters { sum += dys[tap.output * filters + f] * kernels[row + f] }
        dxs[tap.input * channels + c] += sum
      }
    }
    return dx
  }

  /// dkernel[r, s, c, f] = Σ x[n, …, c] · dy[n, oy, ox, f] over n, oy, ox.
  public static func backwardKernel(_ dy: NDArray, x: NDArray, _ window: Window) -> NDArray {
    let sliding = Sliding(window, over: x.size, batch: x.batch)
    let (channels, filters) = (x.channels, dy.channels)
    var dkernel = NDArray(zeros: [window.size.height, window.size.width, channels, filters])
    let (xs, dys) = (x.elements.span, dy.elements.span)
    var dkernels = dkernel.elements.mutableSpan
    for tap in sliding.allTaps {
      for c in 0..<channels {
        let value = xs[tap.input * channels + c]
        let row = (tap.place * channels + c) * filters
        for f in 0..<filters { dkernels[row + f] += value * dys[tap.output * filters + f] }
      }
    }
    return dkernel
  }
}
