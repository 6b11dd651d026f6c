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
    /// The numbers of the blocks of channels of which any is trained: only these have a gradient.
    let blocks: Buffer
    let blockCount: Int
  }

  private let shape: Shape

  /// - Parameter mayBeHalf: Whether the device has it as halves where the pack has it so.
  init(
    _ id: WeightID, of pack: Pack, _ matrix: BlockedMatrix, _ device: Device, mayBeHalf: Bool = false
  ) throws {
    let tensor = try pack.float32(id)
    self.id = id
    self.matrix = matrix
    shape = tensor.shape
    let element: Element = mayBeHalf && pack.reductions[id] == .float16 ? .half : .float
    values = try Buffer(device, tensor.withFloats { matrix.blocked($0) }, as: element)
    let channels = pack.mask[id]
    training = channels == .frozen ? nil : try Training(channels, matrix, device)
  }

  /// The weight's present value, in Keras's shape and order.
  func tensor() throws(OpenCLError) -> Tensor { try tensor(values) }

  /// The gradient of the last step, in Keras's shape and order; zeros where nothing is trained.
  func gradientTensor() throws(OpenCLError) -> Tensor {
    guard let training else {
      return Tensor(shape: shape, floats: [Float](repeating: 0, count: matrix.rows * matrix.channels))
    }
    return try tensor(training.gradient)
  }

  /// What `buffer`, of this weight's layout, holds in Keras's shape and order.
  func tensor(_ buffer: Buffer) throws(OpenCLError) -> Tensor {
    Tensor(shape: shape, floats: matrix.plain(try buffer.floats(matrix.count)))
  }

  /// Whether `tensor` may be this weight's value.
  func accepts(_ tensor: Tensor?) -> Bool { tensor?.shape == shape && tensor?.dtype == .float32 }

  /// The reverse of ``tensor(_:)``.
  ///
  /// - Precondition: It accepts `tensor`.
  func write(_ tensor: Tensor, to buffer: Buffer) throws(OpenCLError) {
    precondition(accepts(tensor), "\(id) is \(tensor.shape)")
    try buffer.write(tensor.withFloats { matrix.blocked($0) })
  }
}

extension Pack {
  /// A weight in a device's layout.
  func blocked(_ id: WeightID, _ matrix: BlockedMatrix) throws -> [Float] {
    try float32(id).withFloats { matrix.blocked($0) }
  }

  fileprivate func float32(_ id: WeightID) throws -> Tensor {
    guard let tensor = weights[id] else {
      throw GraphError.missingWeight(id, expected: graph.spec(of: id)?.shape ?? [])
    }
    guard tensor.dtype == .float32 else {
      throw EngineError.unsupportedLayer(id.layer, why: "'\(id)' is \(tensor.dtype), not float32")
    }
    return tensor
  }
}

extension Parameter.Training {
  fileprivate init(_ channels: ChannelMask, _ matrix: BlockedMatrix, _ device: Device) throws(OpenCLError) {
    let flags = channels.flags(of: matrix.channels)
    var mask = flags.map { $0 ? Float(1) : 0 }
    mask += [Float](repeating: 0, count: matrix.blocks * ActivationShape.block - mask.count)
    let trained = matrix.trainedBlocks(channels)
    gradient = try Buffer(device, count: matrix.count)
    self.mask = try Buffer(device, floats: mask)
    blocks = try Buffer(device, count: trained.count)
    try blocks.write(trained.map { UInt32(truncatingIfNeeded: $0) })
    blockCount = trained.count
  }
}

extension BlockedMatrix {
  /// The numbers of the blocks of channels of which `mask` trains any, ascending.
  func trainedBlocks(_ mask: ChannelMask) -> [Int] {
    let flags = mask.flags(of: channels)
    return (0..<blocks).filter { block in
      flags[block * ActivationShape.block..<min((block + 1) * ActivationShape.block, channels)].contains(true)
    }
  }
}
