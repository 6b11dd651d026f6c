import Engine
import ModelGraph
import Reference

/// What a stage gives forward; `before` is what is left of it for the backward pass.
struct ForwardExpectation {
  let input: NDArray
  /// Before it is cut off at `low` and `high`.
  let unbounded: Expected
  let output: Expected
}

/// What a stage gives backward.
struct BackwardExpectation {
  var weights: [WeightID: Expected] = [:]
  var input: Expected
}

/// A stage in double precision, with the bounds of single precision.
protocol StageOracle {
  func forward(_ x: NDArray) -> ForwardExpectation
  /// - Parameter dy: The gradient of the output.
  func backward(_ dy: NDArray, _ forward: ForwardExpectation) -> BackwardExpectation
}

/// The oracle of a stage that normalizes with a batch's own statistics.
protocol NormalizingOracle: StageOracle {
  /// In inference mode: from the moving statistics.
  func inference(_ x: NDArray) -> ForwardExpectation
  /// The moving statistics after the batch.
  func movingStatistics(_ x: NDArray) -> [WeightID: Expected]
}

/// The oracles of a network's stages.
struct StageOracles {
  private let graph: Graph
  private let weights: Weights

  /// - Throws: `GraphError`
  init(_ pack: Pack) throws {
    graph = pack.graph
    weights = try pack.unfolded().weights
  }

  /// The name of the layer that a stage computes.
  func layer(of stage: Stage) -> String { graph.layers[stage.layer].name }

  /// Which weights of a stage are trained.
  func trained(_ stage: Stage, _ mask: FreezeMask) -> [String] {
    let layer = layer(of: stage)
    return mask.channels.keys.filter { $0.layer == layer }.map(\.name.rawValue).sorted()
  }

  /// - Parameter unit: A stage, or a batch-norm in training mode and the convolution that reads it.
  func oracle(of unit: [Stage]) throws -> any StageOracle {
    let last = try oracle(of: unit[unit.count - 1])
    guard unit.count == 2, let normalization = try oracle(of: unit[0]) as? BatchNormalizationOracle,
      let product = last as? ProductOracle
    else { return last }
    return NormalizedProductOracle(normalization: normalization, product: product)
  }

  /// - Parameter dropoutKey: From which draws of dropout follow.
  func oracle(of stage: Stage, dropoutKey: UInt64 = 1) throws -> any StageOracle {
    if let product = LinearMap(stage) { return try self.product(product, stage) }
    switch stage.kind {
    case .batchNormalization(let settings):
      return BatchNormalizationOracle(
        layer: graph.layers[stage.layer].name, settings: settings, weights: weights, low: Double(stage.low),
        high: Double(stage.high))
    case .averagePooling2D(let geometry):
      return PoolingOracle(window: geometry.window, overlaps: geometry.taps)
    case .repeatChannels(let multiplier): return RepeatOracle(multiplier: multiplier)
    case .dropout(let rate):
      return DropoutOracle(rate: rate, key: StageProbe.dropoutKey(dropoutKey, of: stage))
    default:
      return MoveOracle(outputShape: stage.outputShape)
    }
  }

  private func product(_ map: LinearMap, _ stage: Stage) throws -> ProductOracle {
    let layer = graph.layers[stage.layer].name
    let channels = stage.outputShape.channels
    let kernelID = WeightID(layer: layer, name: map.kernelName)
    let biasID = WeightID(layer: layer, name: .bias)
    guard let kernel = weights[kernelID] else {
      throw GraphError.missingWeight(kernelID, expected: graph.spec(of: kernelID)?.shape ?? [])
    }
    var scale = [Double](repeating: 1, count: channels)
    var shift = [Double](repeating: 0, count: channels)
    if let normalization = stage.normalization {
      let affine = try graph.affine(ofNormalization: normalization, weights)
      (scale, shift) = (affine.scale, affine.shift)
    }
    var pools = false
    if case .pooledPointwise = stage.kind { pools = true }
    return ProductOracle(
      map: map, kernelID: kernelID, kernel: map.kernel(NDArray(kernel)), kernelShape: kernel.shape,
      biasID: biasID,
      bias: weights[biasID].map { $0.floats.map(Double.init) }, scale: scale, shift: shift,
      low: Double(stage.low), high: Double(stage.high), pools: pools)
  }
}

/// Which elements pass a gradient, and which may or may not: those so near to a bound that rounding decides.
struct Passage {
  let passed: NDArray
  let undecided: NDArray

  init(_ dy: NDArray, _ unbounded: Expected, low: Double, high: Double) {
    var passed = dy
    var undecided = NDArray(zeros: dy.shape)
    for index in dy.elements.indices {
      let value = unbounded.value.elements[index]
      let bound = unbounded.bound.elements[index]
      if !(value > low && value < high) { passed.elements[index] = 0 }
      if abs(value - low) <= bound || abs(value - high) <= bound {
        undecided.elements[index] = abs(dy.elements[index])
      }
    }
    self.passed = passed
    self.undecided = undecided
  }
}
