import Engine
import Glibc
import ModelGraph
import Reference

/// Checks the gradient of a whole network: loss, and the gradient of every weight that is trained.
///
/// How far rounding within the bounds of each operation may take it, double precision itself tells: the same gradient is
/// computed with numbers of the bounds' size added to what each operation gives, forward and backward.
struct NetworkCheck {
  private let pack: Pack
  private let kernels: KernelCatalogue
  private let images: Int
  /// Draws of the added numbers' signs. Twice the most that one of them does counts: a draw is not the worst that may be.
  private static let draws: [UInt64] = [11, 12, 13, 14]
  private static let margin = 2.0

  init(_ pack: Pack, _ kernels: KernelCatalogue, images: Int) {
    self.pack = pack
    self.kernels = kernels
    self.images = images
  }

  /// - Parameter what: The mask, for people.
  func check(_ what: String, into findings: inout Findings) throws {
    var numbers = Numbers(seed: 5)
    let pixels = numbers.uniform(images * pack.graph.inputShape.reduce(1, *))
    let labels = (0..<images).map { ($0 * 7 + 1) % (pack.graph.outputShape.last ?? 1) }
    var options = EngineOptions(batchSize: images)
    options.largestMicroBatch = pack.mask.trainsNormalization(in: pack.graph) ? nil : (images + 1) / 2
    let engine = try Engine(pack, options, kernels: kernels)
    var gradients: Weights = [:]
    var loss = 0.0
    let runs = try engine.tracing {
      loss = try step(engine, pixels, labels)
      gradients = try engine.gradients()
    }
    let x = NDArray(shape: [images] + pack.graph.inputShape, floats: pixels)
    let model = try pack.unfolded()
    let mode = ReferenceNetwork.Mode.training(pack.mask, in: pack.graph)
    let expected = ReferenceNetwork(model).gradients(x, labels: labels, mode)
    let noisy = try NoisyNetwork(pack, kernels)
    let exact = try noisy.gradients(x, labels, noise: nil)
    let moved = try NetworkCheck.draws.map { try noisy.gradients(x, labels, noise: $0) }
    var deviation = Deviation()
    let reach = NetworkCheck.margin * (moved.map { abs($0.loss - exact.loss) }.max() ?? 0)
    // The loss of each image is a number of single precision.
    deviation.add(
      error: abs(loss - expected.loss), bound: reach + expected.loss * Rounding.share(roundings: 8))
    var worst = Deviation()
    for (id, gradient) in gradients {
      guard let reference = expected.weights[id] else { continue }
      let isTrained = pack.mask[id].flags(of: reference.elements.count, channels: reference.shape.last ?? 1)
      let size = norm(reference.elements)
      let bound =
        NetworkCheck.margin * (moved.map { distance($0.weights[id], exact.weights[id]) }.max() ?? 0)
      let off = norm(
        zip(zip(gradient.floats, reference.elements), isTrained).map { $1 ? Double($0.0) - $0.1 : 0 })
      worst.add(error: off / size, bound: bound / size)
    }
    let shape = "\(pack.graph.inputShape.map(String.init).joined(separator: "×")), \(images) images"
    findings.checks.append(Check("whole network, loss, \(what)", shape: shape, runs, deviation))
    findings.checks.append(Check("whole network, gradient, \(what)", shape: shape, runs, worst))
  }

  private func step(_ engine: Engine, _ pixels: [Float], _ labels: [Int]) throws -> Double {
    var features = [UInt8](repeating: 0, count: images * engine.featureBytes)
    return try features.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return 0 }
      try engine.computeFeatures(of: pixels, count: images, into: base)
      let result = try engine.trainingStep(
        FeatureRecords(UnsafeRawBufferPointer(bytes)), indices: Array(labels.indices)[...], labels: labels,
        learningRate: 0)
      return result.lossSum / Double(images)
    }
  }

  private func distance(_ a: NDArray?, _ b: NDArray?) -> Double {
    norm(zip(a?.elements ?? [], b?.elements ?? []).map { $0 - $1 })
  }

  private func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
}

extension FreezeMask {
  fileprivate func trainsNormalization(in graph: Graph) -> Bool {
    graph.layers.contains { layer in
      if case .batchNormalization = layer.operation { trains(layer: layer.name) } else { false }
    }
  }
}

/// A network in double precision, stage by stage, with or without numbers of the bounds' size added to each result.
private struct NoisyNetwork {
  private let stages: [any StageOracle]
  private let shapes: [ActivationShape]
  /// Whether each stage's output is rounded to half.
  private let roundsOutput: [Bool]

  init(_ pack: Pack, _ kernels: KernelCatalogue) throws {
    let oracles = try StageOracles(pack)
    let units = try StageProbe(pack, kernels).units
    let all = units.flatMap(\.stages)
    stages = try all.map { try oracles.oracle(of: $0) }
    shapes = all.map(\.inputShape)
    roundsOutput = units.flatMap { unit in unit.stages.map { _ in unit.roundsOutput } }
  }

  func gradients(
    _ x: NDArray, _ labels: [Int], noise: UInt64?
  ) throws -> (loss: Double, weights: [WeightID: NDArray]) {
    var random = noise.map(SplitMix64.init(seed:))
    var value = x
    var passes: [ForwardExpectation] = []
    for (index, stage) in stages.enumerated() {
      let shape = shapes[index]
      let input = value.reshaped(to: [labels.count, shape.height, shape.width, shape.channels])
      passes.append(stage.forward(input))
      let output = passes[index].output
      value = NoisyNetwork.moved(roundsOutput[index] ? output.roundedToHalf : output, &random)
    }
    let logits = value.reshaped(to: [labels.count, value.elements.count / labels.count])
    let loss = SoftmaxCrossEntropy.loss(logits, labels: labels)
    var gradient = SoftmaxCrossEntropy.backward(logits, labels: labels).reshaped(to: value.shape)
    var weights: [WeightID: NDArray] = [:]
    for (stage, pass) in zip(stages, passes).reversed() {
      let backward = stage.backward(gradient.reshaped(to: pass.output.value.shape), pass)
      for (id, expected) in backward.weights { weights[id] = NoisyNetwork.moved(expected, &random) }
      gradient = NoisyNetwork.moved(backward.input, &random)
    }
    return (loss, weights)
  }

  private static func moved(_ expected: Expected, _ random: inout SplitMix64?) -> NDArray {
    guard var generator = random else { return expected.value }
    var result = expected.value
    for index in result.elements.indices {
      let sign = generator.next() >> 63 == 0 ? 1.0 : -1
      result.elements[index] += sign * expected.bound.elements[index]
    }
    random = generator
    return result
  }
}
