import Engine
import ModelGraph
import OpenCL
import Reference

/// Made-up images of a network, with labels, for the device and for the reference.
struct Batch {
  let images: [Float]
  let labels: [Int]
  let reference: NDArray

  init(_ graph: Graph, count: Int) {
    var random = SplitMix64(seed: 9)
    let size = graph.inputShape.reduce(1, *)
    images = (0..<count * size).map { _ in Float.random(in: -1...1, using: &random) }
    labels = (0..<count).map { ($0 * 7 + 1) % graph.outputShape[0] }
    reference = NDArray(shape: [count] + graph.inputShape, elements: images.map(Double.init))
  }

  /// The images after the engine's frozen layers, as they are kept.
  func features(on engine: Engine) throws -> KeptBytes {
    let features = KeptBytes(count: labels.count * engine.featureBytes)
    if let base = features.bytes.baseAddress {
      try engine.computeFeatures(of: images, count: labels.count, into: base)
    }
    return features
  }

  /// One training step over the whole batch.
  func step(on engine: Engine, learningRate: Double) throws -> BatchResult {
    let features = try features(on: engine)
    return try engine.trainingStep(
      engine.records(features.raw, of: features), indices: Array(labels.indices)[...], labels: labels,
      learningRate: learningRate)
  }

  /// Probabilities [indices, classes] of some of the images.
  func probabilities(on engine: Engine, of indices: [Int]? = nil) throws -> [Float] {
    let features = try features(on: engine)
    return try engine.probabilities(
      engine.records(features.raw, of: features), indices: (indices ?? Array(labels.indices))[...])
  }
}

/// Memory that lives as long as the object.
final class KeptBytes {
  let bytes: UnsafeMutableRawBufferPointer

  init(count: Int) { bytes = .allocate(byteCount: count, alignment: 4096) }

  deinit { bytes.deallocate() }

  var raw: UnsafeRawBufferPointer { UnsafeRawBufferPointer(bytes) }

  func array<Element: BitwiseCopyable>(of _: Element.Type) -> [Element] {
    Array(raw.bindMemory(to: Element.self))
  }
}

/// ‖a − b‖ / ‖b‖; where b is zero, ‖a‖.
func relativeDistance(_ a: [Float], _ b: [Double]) -> Double {
  precondition(a.count == b.count, "\(a.count) and \(b.count) elements")
  let difference = zip(a, b).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }.squareRoot()
  let size = b.reduce(0) { $0 + $1 * $1 }.squareRoot()
  return size == 0 ? difference : difference / size
}

/// What float32 may lose against double precision over a network of some layers: 2⁻²⁴ a rounding, of which the
/// sums here have a few hundred that mostly cancel. A wrong tap or channel is off by 1e-2 and more.
let float32Tolerance = 1e-5

/// Batch-norm with the statistics of a small batch amplifies rounding where a channel hardly varies.
let trainingModeTolerance = 2e-4
