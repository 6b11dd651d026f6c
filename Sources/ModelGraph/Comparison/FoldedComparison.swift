/// Compares a convolution and its batch-norm with a convolution into which another tool has folded them.
///
/// With s = γ / √(σ² + ε), exact folding gives the kernel k · s and the bias β − μ · s + bias · s. What a tool
/// computes in `float32` differs from that by rounding. With u = 2⁻²⁴, each operation is off by at most u of its
/// result: ε and the sum σ² + ε make 2u of the sum (σ² ≥ 0), hence u of the root, the root itself u, the
/// division u, and the product with k another u: 4u of k · s. A reciprocal root that is accurate to two units
/// in the last place, as fast ones are, and the product with γ make up to 4u more: 8u. In the bias, μ · s and
/// bias · s are off by 8u each, and two additions by u each of at most |β| + |μ · s| + |bias · s|: 10u of that sum.
/// Where the other file has a narrower type, the rounding to that comes on top; and a result below the normal
/// range may have become 0.
struct FoldedComparison {
  /// The smallest normal `float32`.
  private static let smallestNormal = 0x1p-126
  private static let kernelBound = 8 * 0x1p-24
  private static let biasBound = 10 * 0x1p-24

  let kernel: FoldedTensor
  let bias: FoldedTensor

  /// - Parameters:
  ///   - unfolded: The network with the batch-norm, at `normalization`, behind the convolution at `convolution`.
  /// - Returns: nil where the batch-norm cannot be computed.
  init?(_ unfolded: Model, convolution: Int, normalization: Int) {
    let graph = unfolded.graph
    let weights = unfolded.float32Weights(at: [convolution, normalization])
    guard let affine = try? graph.affine(ofNormalization: normalization, weights),
      let kernelName = graph.weightSpecs[convolution].first?.name,
      let kernel = weights[WeightID(layer: graph.layers[convolution].name, name: kernelName)]
    else { return nil }
    func vector(_ position: Int, _ name: WeightName) -> [Double]? {
      weights[WeightID(layer: graph.layers[position].name, name: name)]?.doubles
    }
    let bias = vector(convolution, .bias)
    let beta = vector(normalization, .beta)
    let products = zip(vector(normalization, .movingMean) ?? [], affine.scale).map { $0 * $1 }
    let numbers = kernel.doubles
    let count = affine.scale.count
    let kernels = numbers.indices.map { numbers[$0] * affine.scale[$0 % count] }
    self.kernel = FoldedTensor(
      shape: kernel.shape, channelCount: count, numbers: kernels,
      tolerances: numbers.indices.map { index in
        FoldedComparison.kernelBound * kernels[index].magnitude
          + FoldedComparison.smallestNormal * (1 + numbers[index].magnitude)
      })
    let shifts = affine.shift.indices.map { affine.shift[$0] + (bias?[$0] ?? 0) * affine.scale[$0] }
    self.bias = FoldedTensor(
      shape: [count], channelCount: count, numbers: shifts,
      tolerances: shifts.indices.map { channel in
        let terms = [beta?[channel] ?? 0, products[channel], (bias?[channel] ?? 0) * affine.scale[channel]]
        let magnitudes = terms.reduce(0) { $0 + $1.magnitude }
        return FoldedComparison.biasBound * magnitudes + 3 * FoldedComparison.smallestNormal
      })
  }
}

/// A tensor as folding makes it, in double precision, with how far from each number a `float32` fold may be.
struct FoldedTensor {
  let shape: Shape
  let channelCount: Int
  let numbers: [Double]
  let tolerances: [Double]

  /// Rounded once, as mlpack folds.
  var tensor: Tensor { Tensor(shape: shape, floats: numbers.map { Float($0) }) }

  /// Whether `other`, of the same shape, is this one but for the rounding, in the output channels `channels`.
  func explains(_ other: Tensor, in channels: ChannelRanges, of count: Int) -> Bool {
    let found = other.doubles
    return channels.allSatisfy(among: numbers.count, of: count) { index in
      let distance = (found[index] - numbers[index]).magnitude
      let storage = other.dtype == .float32 ? 0 : other.dtype.roundingError(of: found[index])
      return distance <= tolerances[index] + storage || found[index].isNaN && numbers[index].isNaN
    }
  }
}

extension Model {
  /// The weights of the layers at these positions, as `float32`.
  fileprivate func float32Weights(at positions: [Int]) -> Weights {
    var found: Weights = [:]
    for position in positions {
      for spec in graph.weightSpecs[position] {
        let id = WeightID(layer: graph.layers[position].name, name: spec.name)
        found[id] = weights[id]?.float32
      }
    }
    return found
  }
}

extension ComparedNetwork {
  /// The kernel `kernel` of the convolution `id`, multiplied by the scale of its batch-norm; nil where there is
  /// none, or none that can be computed.
  func folded(_ kernel: Tensor, of id: WeightID) -> Tensor? {
    let graph = model.graph
    guard let position = graph.position(of: id.layer),
      let normalization = graph.normalization(after: position),
      let affine = try? graph.affine(
        ofNormalization: normalization, model.float32Weights(at: [normalization]))
    else { return nil }
    return KernelFold.fold(kernel, by: affine.scale).kernel
  }
}
