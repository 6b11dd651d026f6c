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

  /// `images, height, width, out_height, out_width`, then height and width of window and stride, `top, left`.
  func arguments(images: Int) -> [KernelArgument] {
    [
      .uint(images), .uint(input.height), .uint(input.width), .uint(output.height), .uint(output.width),
      .uint(window.size.height), .uint(window.size.width), .uint(window.strides.height),
      .uint(window.strides.width), .uint(margins.top), .uint(margins.left),
    ]
  }
}
