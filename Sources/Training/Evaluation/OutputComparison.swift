import Engine
import Glibc
public import ImageFiles
public import ModelGraph
public import OpenCL

/// How far the outputs of one network are from those of another that has the same layers.
public struct OutputComparison: Sendable, Hashable {
  public private(set) var images = 0
  /// The largest absolute difference of an output.
  public private(set) var worst = 0.0
  /// Images whose largest output is the same one.
  public private(set) var agreeing = 0
  private var sum = 0.0
  private var outputs = 0

  /// The mean absolute difference.
  public var mean: Double { sum / Double(max(outputs, 1)) }

  fileprivate mutating func add(_ x: [Double], _ y: [Double]) {
    for (a, b) in zip(x, y) {
      let difference = abs(a - b)
      // What is no number is no agreement.
      worst = difference.isNaN ? .infinity : max(worst, difference)
      sum += difference
    }
    outputs += x.count
    images += 1
    if OutputComparison.top(x) == OutputComparison.top(y) { agreeing += 1 }
  }

  private static func top(_ outputs: [Double]) -> Int? {
    outputs.indices.max { (outputs[$0], -$0) < (outputs[$1], -$1) }
  }
}

extension Evaluator {
  /// Runs two packs on the same images: what their last layers give.
  ///
  /// - Parameter report: Hears of `reading` and `brokenImages`.
  /// - Throws: As `evaluate`.
  public static func compare(
    _ exact: Pack, _ other: Pack, _ images: [ImageReference], _ device: Device,
    _ report: (TrainingEvent) throws -> Void
  ) throws -> OutputComparison {
    guard !images.isEmpty else { throw TrainingError.noImages }
    let first = try FeatureExtractor(exact.refrozen(FreezeMask()), device: device)
    let second = try FeatureExtractor(other.refrozen(FreezeMask()), device: device)
    var reading = ImageReading(ImageLoader(input: try NetworkInput(of: exact)), total: images.count)
    var comparison = OutputComparison()
    try reading.read(images, report) { batch in
      let count = batch.pixels.count / batch.indices.count
      for position in batch.indices.indices {
        let image = Array(batch.pixels[position * count..<(position + 1) * count])
        comparison.add(
          exact.graph.outputs(try first.features(of: image)),
          exact.graph.outputs(try second.features(of: image)))
      }
    }
    return comparison
  }
}

extension Graph {
  private var endsInSoftmax: Bool {
    switch layers.last?.operation {
    case .softmax, .dense(_, _, .softmax), .conv2D(_, _, _, .softmax): true
    default: false
    }
  }

  /// The output that the device leaves before a last softmax, after it.
  fileprivate func outputs(_ features: [Float]) -> [Double] {
    let values = features.map(Double.init)
    guard endsInSoftmax, let largest = values.max() else { return values }
    let powers = values.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
