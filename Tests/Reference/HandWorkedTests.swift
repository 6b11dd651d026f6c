import ModelGraph
import Reference
import Testing

/// Cases small enough to be checked on paper.
@Suite struct HandWorkedTests {
  private let image = NDArray(shape: [1, 2, 2, 1], elements: [1, 2, 3, 4])

  private func window(_ size: Int, strides: Int = 1, _ padding: Padding) -> Window {
    Window(size: Size2D(square: size), strides: Size2D(square: strides), padding: padding)
  }

  @Test func `a convolution is a sum of products`() {
    let kernel = NDArray(shape: [2, 2, 1, 1], elements: [10, 20, 30, 40])
    let y = Conv2D.forward(image, kernel: kernel, window(2, .valid))
    #expect(y == NDArray(shape: [1, 1, 1, 1], elements: [300]))
    let dy = NDArray(shape: [1, 1, 1, 1], elements: [2])
    let dx = Conv2D.backwardData(dy, kernel: kernel, window(2, .valid), inputShape: image.shape)
    #expect(dx.elements == [20, 40, 60, 80])
    #expect(Conv2D.backwardKernel(dy, x: image, window(2, .valid)).elements == [2, 4, 6, 8])
  }

  @Test func `same padding with an even window pads below and to the right`() {
    let kernel = NDArray(shape: [2, 2, 1, 1], elements: [1, 10, 100, 1000])
    let y = Conv2D.forward(image, kernel: kernel, window(2, .same))
    #expect(y.elements == [4321, 402, 43, 4])
  }

  @Test func `a depthwise convolution keeps channels apart, a multiplier spreads them`() {
    let x = NDArray(shape: [1, 1, 2, 2], elements: [1, 2, 3, 4])
    let kernel = NDArray(shape: [1, 2, 2, 2], elements: [1, 10, 2, 20, 3, 30, 4, 40])
    let wide = Window(
      size: Size2D(height: 1, width: 2), strides: Size2D(height: 1, width: 1), padding: .valid)
    // Channel 0: 1·1 + 3·3 and 1·10 + 3·30; channel 1: 2·2 + 4·4 and 2·20 + 4·40.
    #expect(DepthwiseConv2D.forward(x, kernel: kernel, wide).elements == [10, 100, 20, 200])
    let dy = NDArray(shape: [1, 1, 1, 4], elements: [1, 0, 0, 1])
    let dx = DepthwiseConv2D.backwardData(dy, kernel: kernel, wide, inputShape: x.shape)
    #expect(dx.elements == [1, 20, 3, 40])
    #expect(DepthwiseConv2D.backwardKernel(dy, x: x, wide).elements == [1, 0, 0, 2, 3, 0, 0, 4])
  }

  @Test func `average pooling counts only pixels of the image`() {
    #expect(AveragePooling2D.forward(image, window(2, .same)).elements == [2.5, 3, 3.5, 4])
    let dy = NDArray(shape: [1, 2, 2, 1], elements: [4, 2, 2, 1])
    let dx = AveragePooling2D.backward(dy, window(2, .same), inputShape: image.shape)
    #expect(dx.elements == [1, 2, 2, 4])
  }

  @Test func `batch normalization by hand`() {
    let x = NDArray(shape: [2, 1], elements: [1, 5])
    let batch = ChannelStatistics(of: x)
    #expect(batch.mean.elements == [3])
    #expect(batch.variance.elements == [4])
    let norm = BatchNorm(
      statistics: batch, epsilon: 0, gamma: NDArray(shape: [1], elements: [10]),
      beta: NDArray(shape: [1], elements: [1]))
    #expect(norm.forward(x).elements == [-9, 11])
    // Two values always normalize to −1 and 1: so the loss cannot depend on them.
    let dy = NDArray(shape: [2, 1], elements: [7, -2])
    #expect(norm.backwardDataOfTraining(dy, x: x).elements.allSatisfy { abs($0) < 1e-12 })
    #expect(norm.backwardData(dy).elements == [35, -10])
    #expect(norm.backwardGamma(dy, x: x).elements == [-9])
    #expect(norm.backwardBeta(dy).elements == [5])
    let moved = ChannelStatistics(mean: NDArray(zeros: [1]), variance: NDArray(shape: [1], elements: [8]))
      .moved(towards: batch, momentum: 0.75)
    #expect(moved.mean.elements == [0.75])
    #expect(moved.variance.elements == [7])
  }

  @Test func `dropout keeps what the mask keeps, scaled`() {
    let x = NDArray(shape: [1, 4], elements: [1, 2, 3, 4])
    let mask = NDArray(shape: [1, 4], elements: [1, 0, 0, 1])
    #expect(Dropout.forward(x, mask: mask, rate: 0.5).elements == [2, 0, 0, 8])
    #expect(Dropout.backward(x, mask: mask, rate: 0.75).elements == [4, 0, 0, 16])
  }

  @Test func `cross-entropy of equal logits is the logarithm of their number`() {
    let logits = NDArray(shape: [2, 4], elements: [3, 3, 3, 3, -1, -1, -1, -1])
    #expect(abs(SoftmaxCrossEntropy.loss(logits, labels: [0, 3]) - 1.3862943611198906) < 1e-15)
    let gradient = SoftmaxCrossEntropy.backward(logits, labels: [0, 3]).elements
    #expect(gradient == [-0.375, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, -0.375])
  }

  @Test func `cross-entropy survives logits that underflow`() {
    let logits = NDArray(shape: [1, 2], elements: [5_000, -5_000])
    #expect(SoftmaxCrossEntropy.loss(logits, labels: [1]) == 10_000)
    #expect(SoftmaxCrossEntropy.backward(logits, labels: [1]).elements == [1, -1])
  }
}
