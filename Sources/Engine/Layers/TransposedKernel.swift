import OpenCL

/// A 1×1 convolution's kernel as the gradient of the input reads it: that is a product, too.
struct TransposedKernel {
  private let kernel: Parameter
  private let values: Buffer
  private let inBlocks: Int
  private let product: PointwiseProduct
  private let ending: PointwiseProduct.Ending

  /// - Parameter kernel: Of `stage`.
  init(_ kernel: Parameter, of stage: Stage, _ kernels: KernelCatalogue) throws(OpenCLError) {
    self.kernel = kernel
    inBlocks = stage.inputShape.blocks
    values = try Buffer(kernels.device, count: kernel.matrix.count)
    product = PointwiseProduct(inBlocks: stage.outputShape.blocks, outBlocks: inBlocks, kernels: kernels)
    let lanes = inBlocks * ActivationShape.block
    ending = PointwiseProduct.Ending(
      scale: try Buffer(kernels.device, floats: [Float](repeating: 1, count: lanes)),
      shift: try Buffer(kernels.device, count: lanes))
  }

  /// The gradient of the input.
  ///
  /// - Parameters:
  ///   - name: The kernel that computes it; see ``PointwiseProduct``.
  ///   - operands: What stands before the weights among its parameters.
  func multiply(
    _ name: String, _ operands: [KernelArgument], to inputGradient: Buffer,
    pixels: Int
  ) throws(OpenCLError) {
    let outBlocks = product.inBlocks
    try product.kernels.enqueue(
      "pointwise_conv2d_transpose", groups: [inBlocks, outBlocks],
      [.buffer(kernel.values), .buffer(values), .uint(inBlocks), .uint(outBlocks)])
    try product.enqueue(name, operands, values, ending, to: inputGradient, pixels: pixels)
  }

  /// Parts of the pixels that are tasks of their own.
  func parts(of pixels: Int) -> Int { product.parts(of: pixels) }
}
