/// `Dense` without bias and activation: y[…, u] = Σ x[…, c] · kernel[c, u] over c.
///
/// x is [N, …, C], kernel [C, U], y [N, …, U].
public enum Dense {
  public static func forward(_ x: NDArray, kernel: NDArray) -> NDArray {
    let (channels, units) = (x.channels, kernel.channels)
    var y = NDArray(zeros: x.shape.dropLast() + [units])
    let (xs, kernels) = (x.elements.span, kernel.elements.span)
    var ys = y.elements.mutableSpan
    for row in 0..<x.rows {
      for c in 0..<channels {
        let value = xs[row * channels + c]
        for u in 0..<units { ys[row * units + u] += value * kernels[c * units + u] }
      }
    }
    return y
  }

  /// dx[…, c] = Σ dy[…, u] · kernel[c, u] over u.
  public static func backwardData(_ dy: NDArray, kernel: NDArray) -> NDArray {
    let (channels, units) = (kernel.shape[0], dy.channels)
    var dx = NDArray(zeros: dy.shape.dropLast() + [channels])
    let (dys, kernels) = (dy.elements.span, kernel.elements.span)
    var dxs = dx.elements.mutableSpan
    for row in 0..<dy.rows {
      for c in 0..<channels {
        for u in 0..<units { dxs[row * channels + c] += dys[row * units + u] * kernels[c * units + u] }
      }
    }
    return dx
  }

  /// dkernel[c, u] = Σ x[…, c] · dy[…, u] over all but the last axis.
  public static func backwardKernel(_ dy: NDArray, x: NDArray) -> NDArray {
    let (channels, units) = (x.channels, dy.channels)
    var dkernel = NDArray(zeros: [channels, units])
    let (xs, dys) = (x.elements.span, dy.elements.span)
    var dkernels = dkernel.elements.mutableSpan
    for row in 0..<x.rows {
      for c in 0..<channels {
        let value = xs[row * channels + c]
        for u in 0..<units { dkernels[c * units + u] += value * dys[row * units + u] }
      }
    }
    return dkernel
  }
}

/// The bias of a convolution or a dense layer: y[…, c] = x[…, c] + bias[c].
public enum Bias {
  public static func forward(_ x: NDArray, bias: NDArray) -> NDArray {
    var y = x
    for index in y.elements.indices { y.elements[index] += bias.elements[index % x.channels] }
    return y
  }

  /// dbias[c] = Σ dy[…, c] over all but the last axis.
  public static func backward(_ dy: NDArray) -> NDArray {
    var dbias = NDArray(zeros: [dy.channels])
    for (index, value) in dy.elements.enumerated() { dbias.elements[index % dy.channels] += value }
    return dbias
  }
}
