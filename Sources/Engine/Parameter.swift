import ModelGraph
import OpenCL

/// A weight on the device, and where it is trained its gradient.
final class Parameter {
  let id: WeightID
  let matrix: BlockedMatrix
  let values: Buffer
  let training: Training?

  struct Training {
    let gradient: Buffer
    /// A number a channel: 1 where it is trained, 0 where it is frozen.
    let mask: Buffer
  }

  private let shape: Shape

  init(_ id: WeightID, of pack: Pack, _ matrix: BlockedMatrix, _ device: Device) throws {
    guard let tensor = pack.weights[id] else {
      throw GraphError.missingWeight(id, expected: pack.graph.spec(of: id)?.shape ?? [])
    }
    guard tensor.dtype == .float32 else {
      throw EngineError.unsupportedLayer(id.layer, why: "'\(id)' is \(tensor.dtype), not float32")
    }
    self.id = id
    self.matrix = matrix
    shape = tensor.shape
    values = try Buffer(device, floats: tensor.withFloats { matrix.blocked($0) })
    let channels = pack.mask[id]
    training =
      channels == .frozen
      ? nil
      : Training(
        gradient: try Buffer(device, count: matrix.count),
        mask: try Buffer(device, floats: Parameter.indicator(channels, matrix)))
  }

  private static func indicator(_ channels: ChannelMask, _ matrix: BlockedMatrix) -> [Float] {
    var indicator = [Float](repeating: 0, count: matrix.blocks * ActivationShape.block)
    switch channels {
    case .frozen: break
    case .trainable: for channel in 0..<matrix.channels { indicator[channel] = 1 }
    case .channels(let ranges):
      for channel in ranges.joined() where channel < matrix.channels { indicator[channel] = 1 }
    }
    return indicator
  }

  /// The weight's present value, in Keras's shape and order.
  func tensor() throws(OpenCLError) -> Tensor {
    Tensor(shape: shape, floats: matrix.plain(try values.floats(matrix.count)))
  }

  /// The gradient of the last step, in Keras's shape and order; zeros where nothing is trained.
  func gradientTensor() throws(OpenCLError) -> Tensor {
    let device = try training?.gradient.floats(matrix.count) ?? [Float](repeating: 0, count: matrix.count)
    return Tensor(shape: shape, floats: matrix.plain(device))
  }
}
