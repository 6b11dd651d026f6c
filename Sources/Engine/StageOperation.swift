import OpenCL

/// What one stage does on the device.
///
/// Buffers hold `images` images in the layout of ``ActivationShape``; the first stage of a network may read
/// plain images. Nothing waits for the device.
protocol StageOperation: AnyObject {
  /// The weights that are trained here.
  var parameters: [Parameter] { get }

  func forward(_ input: Buffer, to output: Buffer, images: Int) throws(OpenCLError)

  /// Computes the gradients of this stage's parameters and of its input.
  ///
  /// - Parameters:
  ///   - pass: What `forward` read and wrote, and the gradient of the output, which may be overwritten.
  ///   - inputGradient: Where the gradient of the input goes; nil where nobody needs it.
  func backward(_ pass: BackwardPass, to inputGradient: Buffer?) throws(OpenCLError)
}

/// What a stage's backward pass starts from.
struct BackwardPass {
  let input: Buffer
  let output: Buffer
  let outputGradient: Buffer
  let images: Int
}
