package import ModelGraph
import OpenCL

/// A window that slides over an image, as the kernels want to know it.
package struct WindowGeometry {
  package let window: Window
  /// Rows and columns that are missing around the input.
  package let margins: Margins
  let input: ActivationShape
  let output: ActivationShape

  /// Places of the window.
  package var taps: Int { window.size.height * window.size.width }

  /// Zeros at both ends of a row: `HALO` of Kernels/cpu/normalized_depthwise_conv2d.cl.
  static let halo = 2

  /// Whether that file's kernels slide it over what a batch-norm in training mode gives.
  var takesNormalization: Bool {
    window.size == Size2D(square: 3) && window.strides.height == window.strides.width
      && window.strides.height <= 2
      && [margins.top, margins.bottom, margins.left, margins.right].allSatisfy { $0 <= WindowGeometry.halo }
  }

  /// `images, height, width, out_height, out_width`, then height and width of window and stride, `top, left`.
  func arguments(images: Int) -> [KernelArgument] {
    [
      .uint(images), .uint(input.height), .uint(input.width), .uint(output.height), .uint(output.width),
      .uint(window.size.height), .uint(window.size.width), .uint(window.strides.height),
      .uint(window.strides.width), .uint(margins.top), .uint(margins.left),
    ]
  }
}
