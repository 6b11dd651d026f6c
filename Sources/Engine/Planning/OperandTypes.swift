import ModelGraph
import OpenCL

/// As what a forward kernel for GPUs finds its operands, where there is a choice: build options of Kernels/gpu/common.cl.
package struct OperandTypes: Hashable {
  var input = Element.float
  var output = Element.float
  /// Of a product.
  var kernel = Element.float
  var kernelIsImage = false

  var buildOptions: [String] {
    let options = [
      ("HALF_INPUT", input == .half), ("HALF_OUTPUT", output == .half), ("HALF_KERNEL", kernel == .half),
      ("IMAGE_KERNEL", kernelIsImage),
    ]
    return options.filter(\.1).map { "-D \($0.0)=1" }
  }
}

extension Stage {
  /// Whether there are kernels for GPUs that read its input as half.
  var takesHalf: Bool {
    switch kind {
    case .depthwiseConv2D, .pointwise: true
    default: false
    }
  }

  /// Whether there are kernels for GPUs that write its output as half, and no number of it can be beyond what half holds.
  var givesHalf: Bool {
    switch kind {
    case .conv2D, .depthwiseConv2D, .pointwise: low >= -HalfPrecision.largest && high <= HalfPrecision.largest
    default: false
    }
  }
}
