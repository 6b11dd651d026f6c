import Engine
import ModelGraph
import Reference

/// Average pooling: the mean over a window's pixels that lie in the image.
struct PoolingOracle: StageOracle {
  let window: Window
  /// The most pixels of a window, and windows of a pixel.
  let overlaps: Int

  func forward(_ x: NDArray) -> ForwardExpectation {
    let output = Expected(
      AveragePooling2D.forward(x, window), magnitude: AveragePooling2D.forward(x.magnitudes, window),
      roundings: overlaps + 2)
    return ForwardExpectation(input: x, unbounded: output, output: output)
  }

  func backward(_ dy: NDArray, _ forward: ForwardExpectation) -> BackwardExpectation {
    let shape = forward.input.shape
    return BackwardExpectation(
      input: Expected(
        AveragePooling2D.backward(dy, window, inputShape: shape),
        magnitude: AveragePooling2D.backward(dy.magnitudes, window, inputShape: shape),
        roundings: overlaps + 2))
  }
}

/// Each channel several times.
struct RepeatOracle: StageOracle {
  let multiplier: Int

  func forward(_ x: NDArray) -> ForwardExpectation {
    let repeated = NDArray(
      shape: Array(x.shape.dropLast()) + [x.shape[x.shape.count - 1] * multiplier],
      elements: x.elements.flatMap { [Double](repeating: $0, count: multiplier) })
    let output = Expected(exact: repeated)
    return ForwardExpectation(input: x, unbounded: output, output: output)
  }

  func backward(_ dy: NDArray, _ forward: ForwardExpectation) -> BackwardExpectation {
    func summed(_ dy: NDArray) -> NDArray {
      NDArray(
        shape: forward.input.shape,
        elements: forward.input.elements.indices.map { index in
          dy.elements[index * multiplier..<(index + 1) * multiplier].reduce(0, +)
        })
    }
    return BackwardExpectation(
      input: Expected(summed(dy), magnitude: summed(dy.magnitudes), roundings: multiplier))
  }
}

/// What only moves elements from one shape to another.
struct MoveOracle: StageOracle {
  let outputShape: ActivationShape

  func forward(_ x: NDArray) -> ForwardExpectation {
    let shape = [x.shape[0], outputShape.height, outputShape.width, outputShape.channels]
    let output = Expected(exact: x.reshaped(to: shape))
    return ForwardExpectation(input: x, unbounded: output, output: output)
  }

  func backward(_ dy: NDArray, _ forward: ForwardExpectation) -> BackwardExpectation {
    BackwardExpectation(input: Expected(exact: dy.reshaped(to: forward.input.shape)))
  }
}

/// Dropout with the draws that a key gives, in whole batches.
struct DropoutOracle: StageOracle {
  let rate: Double
  let key: UInt32

  func forward(_ x: NDArray) -> ForwardExpectation {
    let output = dropped(x)
    return ForwardExpectation(input: x, unbounded: output, output: output)
  }

  func backward(_ dy: NDArray, _ forward: ForwardExpectation) -> BackwardExpectation {
    BackwardExpectation(input: dropped(dy))
  }

  private func dropped(_ x: NDArray) -> Expected {
    let perImage = x.elements.count / x.shape[0]
    let threshold = UInt32(min(rate * 4_294_967_296, 4_294_967_295))
    var mask = x
    for index in x.elements.indices {
      let draw = Philox.draw(
        UInt32(index % perImage), UInt32(index / perImage), key: key)
      mask.elements[index] = draw < threshold ? 0 : 1
    }
    let value = Dropout.forward(x, mask: mask, rate: rate)
    return Expected(value, magnitude: value.magnitudes, roundings: 2)
  }
}

/// Philox 2×32 with ten rounds: one of 2³² equally likely numbers for each counter.
///
/// Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
enum Philox {
  static func draw(_ first: UInt32, _ second: UInt32, key: UInt32) -> UInt32 {
    var (x, y, key) = (first, second, key)
    for _ in 0..<10 {
      let (high, low) = x.multipliedFullWidth(by: 0xD256_D193)
      (x, y) = (high ^ key ^ y, low)
      key &+= 0x9E37_79B9
    }
    return x
  }
}
