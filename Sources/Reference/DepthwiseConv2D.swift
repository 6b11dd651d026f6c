public import ModelGraph

/// `DepthwiseConv2D` without bias and activation:
/// y[n, oy, ox, c·M + m] = Σ x[n, oy·S + r − top, ox·S + s − left, c] · kernel[r, s, c, m] over r, s.
///
/// x is [N, H, W, C], kernel [kh, kw, C, M], y [N, HO, WO, C·M]. Beyond the edge x is zero.
public enum DepthwiseConv2D {
  public static func forward(_ x: NDArray, kernel: NDArray, _ window: Window) -> NDArray {
    let sliding = Sliding(window, over: x.size, batch: x.batch)
    let (channels, multiplier) = (x.channels, kernel.channels)
    let outputs = channels * multiplier
    var y = NDArray(zeros: sliding.outputShape(channels: outputs))
    let (xs, kernels) = (x.elements.span, kernel.elements.span)
    var ys = y.elements.mutableSpan
    for tap in sliding.allTaps {
      for o in 0..<outputs {
        ys[tap.output * outputs + o] +=
          xs[tap.input * channels + o / multiplier] * kernels[tap.place * outputs + o]
      }
    }
    return y
  }

  /// dx[n, y, x, c] = Σ dy[n, oy, ox, c·M + m] · kernel[r, s, c, m] over m and the taps that read x[n, y, x, c].
  public static func backwardData(
    _ dy: NDArray, kernel: NDArray, _ window: Window, inputShape: Shape
  ) -> NDArray {
    var dx = NDArray(zeros: inputShape)
    let sliding = Sliding(window, over: dx.size, batch: dx.batch)
    let (channels, multiplier, outputs) = (dx.channels, kernel.channels, dy.channels)
    let (dys, kernels) = (dy.elements.span, kernel.elements.span)
    var dxs = dx.elements.mutableSpan
    for tap in sliding.allTaps {
      for o in 0..<outputs {
        dxs[tap.input * channels + o / multiplier] +=
          dys[tap.output * outputs + o] * kernels[tap.place * outputs + o]
      }
    }
    return dx
  }

  /// dkernel[r, s, c, m] = Σ x[n, …, c] · dy[n, oy, ox, c·M + m] over n, oy, ox.
  public static func backwardKernel(_ dy: NDArray, x: NDArray, _ window: Window) -> NDArray {
    let sliding = Sliding(window, over: x.size, batch: x.batch)
    let (channels, outputs) = (x.channels, dy.channels)
    let multiplier = outputs / channels
    var dkernel = NDArray(zeros: [window.size.height, window.size.width, channels, multiplier])
    let (xs, dys) = (x.elements.span, dy.elements.span)
    var dkernels = dkernel.elements.mutableSpan
    for tap in sliding.allTaps {
      for o in 0..<outputs {
        dkernels[tap.place * outputs + o] +=
          xs[tap.input * channels + o / multiplier] * dys[tap.output * outputs + o]
      }
    }
    return dkernel
  }
}
