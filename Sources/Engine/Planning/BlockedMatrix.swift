import ModelGraph

/// A weight as rows of output channels, and its layout on a device: [O/16, R, 16], R rows.
///
/// Every Keras kernel whose last axis is its output channels is such a matrix as it stands: [kh, kw, C, O] has
/// kh·kw·C rows, [K, O] has K, a vector one. A depthwise kernel of multiplier 1, [kh, kw, C, 1], has kh·kw.
struct BlockedMatrix {
  let rows: Int
  /// Rows on the device: `rows`, or rounded up to whole blocks where a product runs over them.
  let deviceRows: Int
  let channels: Int

  init(rows: Int, channels: Int, padsRows: Bool = false) {
    self.rows = rows
    self.channels = channels
    deviceRows = padsRows ? ActivationShape.blocks(of: rows) * ActivationShape.block : rows
  }

  var blocks: Int { ActivationShape.blocks(of: channels) }
  /// Floats on the device.
  var count: Int { blocks * deviceRows * ActivationShape.block }

  /// Keras's order [R, O] to the device's; what pads is zero.
  func blocked(_ keras: UnsafeBufferPointer<Float>) -> [Float] {
    var result = [Float](repeating: 0, count: count)
    forEachElement { from, to in result[to] = keras[from] }
    return result
  }

  /// The device's order to Keras's.
  func plain(_ device: [Float]) -> [Float] {
    var result = [Float](repeating: 0, count: rows * channels)
    forEachElement { to, from in result[to] = device[from] }
    return result
  }

  @inline(__always)
  private func forEachElement(_ body: (_ keras: Int, _ device: Int) -> Void) {
    let block = ActivationShape.block
    for row in 0..<rows {
      for channel in 0..<channels {
        let device = (channel / block * deviceRows + row) * block + channel % block
        body(row * channels + channel, device)
      }
    }
  }
}
