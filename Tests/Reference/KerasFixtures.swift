import Foundation
import ModelGraph
import Reference
import Testing

/// Layers and networks that Keras computed in float64.
struct KerasFixtures: Decodable {
  struct Values: Decodable, Sendable {
    let shape: Shape
    let values: [Double]
    var array: NDArray { NDArray(shape: shape, elements: values) }
  }

  struct LayerCase: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let x: Values
    let weights: [String: Values]
    let y: Values
    let dy: Values
    let dx: Values
    let gradients: [String: Values]
    /// The weights after the computation: moving statistics may have moved.
    let after: [String: Values]
    var testDescription: String { name }
  }

  struct NetworkCase: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let x: Values
    let labels: [Int]
    let weights: [String: Values]
    /// In inference mode, by layer.
    let outputs: [String: Values]
    let loss: Double
    let gradients: [String: Values]
    /// Of three steps of gradient descent.
    let losses: [Double]
    let after: [String: Values]
    var testDescription: String { name }
  }

  let layers: [LayerCase]
  let networks: [NetworkCase]

  static let all: KerasFixtures = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../fixtures/reference/keras_float64.json")
    do {
      return try JSONDecoder().decode(KerasFixtures.self, from: Data(contentsOf: file))
    } catch {
      Issue.record(error, "fixtures/reference/keras_float64.json")
      return KerasFixtures(layers: [], networks: [])
    }
  }()
}

/// How far two arrays are apart, relative to the largest element of both; infinite where their shapes differ.
///
/// Both sides round in double precision, in another order: a few hundred additions make 1e-13.
func distance(_ a: NDArray, _ b: NDArray) -> Double {
  guard a.shape == b.shape else { return .infinity }
  let size = (a.elements + b.elements).map(abs).max() ?? 0
  let apart = zip(a.elements, b.elements).map { abs($0 - $1) }.max() ?? 0
  return apart == 0 ? 0 : apart / size
}

let roundingTolerance = 1e-12

/// A generator of test data, the same in every run.
struct Noise {
  private var generator: SplitMix64

  init(seed: UInt64) { generator = SplitMix64(seed: seed) }

  /// Numbers between −1 and 1.
  mutating func array(_ shape: Int...) -> NDArray {
    NDArray(
      shape: shape,
      elements: (0..<shape.reduce(1, *)).map { _ in Double.random(in: -1...1, using: &generator) })
  }
}
