/// What an inference-mode batch-norm does to each channel: y = scale · x + shift, in double precision.
public struct ChannelAffine: Sendable, Hashable {
  public let scale: [Double]
  public let shift: [Double]

  public init(scale: [Double], shift: [Double]) {
    self.scale = scale
    self.shift = shift
  }
}

/// A convolution that folds, and the batch-norm that it swallows.
struct FoldSite {
  let layer: String
  let kernel: WeightID
  /// Position of the batch-norm.
  let normalization: Int
}

extension Graph {
  /// Position of the batch-norm that alone consumes the linear convolution at `position`; nil where the layer is
  /// no such convolution.
  public func normalization(after position: Int) -> Int? {
    guard kernel(ofLinearConvolution: position) != nil else { return nil }
    let consumers = consumers(of: position)
    guard consumers.count == 1, case .batchNormalization = layers[consumers[0]].operation else { return nil }
    return consumers[0]
  }

  /// The scale and shift of the batch-norm at `position`, with its own epsilon:
  /// s = γ / √(σ² + ε), t = β − μ · s; γ is 1 and β is 0 where the layer has none.
  ///
  /// - Precondition: The layer is a batch-norm.
  /// - Throws: `badVariance` for the first channel without a positive σ² + ε; `missingWeight` and
  ///   `unsupportedDType` where `weights` are not those of a `Pack`.
  public func affine(ofNormalization position: Int, _ weights: Weights) throws(GraphError) -> ChannelAffine {
    let layer = layers[position]
    guard case .batchNormalization(let normalization) = layer.operation else {
      preconditionFailure("layer '\(layer.name)' is no batch-norm")
    }
    func vector(_ name: WeightName) throws(GraphError) -> [Float]? {
      let id = WeightID(layer: layer.name, name: name)
      guard let spec = spec(of: id) else { return nil }
      guard let tensor = weights[id] else { throw .missingWeight(id, expected: spec.shape) }
      guard tensor.dtype == .float32 else { throw .unsupportedDType(id, found: tensor.dtype) }
      return tensor.floats
    }
    let gamma = try vector(.gamma)
    let beta = try vector(.beta)
    let mean = try vector(.movingMean) ?? []
    let variance = try vector(.movingVariance) ?? []
    var scale: [Double] = []
    var shift: [Double] = []
    for channel in mean.indices {
      let sum = Double(variance[channel]) + normalization.epsilon
      guard sum > 0 else {
        throw .badVariance(layer: layer.name, channel: channel, variancePlusEpsilon: sum)
      }
      let s = Double(gamma?[channel] ?? 1) / sum.squareRoot()
      scale.append(s)
      shift.append(Double(beta?[channel] ?? 0) - Double(mean[channel]) * s)
    }
    return ChannelAffine(scale: scale, shift: shift)
  }

  /// The convolutions that are folded under `mask`: those that a batch-norm follows of which, as of the
  /// convolution, nothing is trained.
  func foldSites(under mask: FreezeMask) -> [FoldSite] {
    let trained = Set(mask.channels.keys.map(\.layer))
    return layers.indices.compactMap { position in
      guard let kernel = kernel(ofLinearConvolution: position), !trained.contains(kernel.layer),
        let normalization = normalization(after: position), !trained.contains(layers[normalization].name)
      else { return nil }
      return FoldSite(layer: kernel.layer, kernel: kernel, normalization: normalization)
    }
  }

  private func kernel(ofLinearConvolution position: Int) -> WeightID? {
    let layer = layers[position]
    return switch layer.operation {
    case .conv2D(_, _, _, .linear): WeightID(layer: layer.name, name: .kernel)
    case .depthwiseConv2D(_, _, _, .linear): WeightID(layer: layer.name, name: .depthwiseKernel)
    default: nil
    }
  }
}
