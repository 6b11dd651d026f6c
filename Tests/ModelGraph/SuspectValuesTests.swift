import ModelGraph
import Testing

/// Values that a reader is to be told of.
@Suite struct SuspectValuesTests {
  private let graph: Graph
  private let weights: Weights

  init() throws {
    graph = try TestNetworks.small()
    weights = graph.madeUpWeights(seed: 1)
  }

  private func remarks(_ changes: [String: [Float]], _ dtype: DType = .float32) -> [String] {
    let changed = changes.map { id, floats in
      (WeightID(id), Tensor(shape: [floats.count], floats: floats).rounded(to: dtype))
    }
    return graph.remarks(onValuesOf: weights.merging(changed) { $1 })
  }

  @Test func soundWeightsAreNotWorthAWord() {
    #expect(graph.remarks(onValuesOf: weights) == [])
    #expect(remarks(["conv_bn/beta": [-1, -0.0, .greatestFiniteMagnitude]]) == [])
    #expect(remarks(["conv_bn/moving_variance": [0, -0.0, 0x1p-130]]) == [])
  }

  @Test(arguments: DType.allCases)
  func eachKindIsCounted(_ dtype: DType) {
    #expect(
      remarks(["conv_bn/gamma": [.nan, -.infinity, -.nan]], dtype) == [
        "weight 'conv_bn/gamma' has 2 values that are not a number and 1 value that is infinite"
      ])
    #expect(
      remarks(["conv_bn/moving_variance": [-1, 1, -2]], dtype) == [
        "weight 'conv_bn/moving_variance' has 2 values that are negative, where a variance is expected"
      ])
  }

  @Test func onlyTheFirstWeightsAreNamed() {
    let names = ["conv_bn/gamma", "conv_bn/beta", "conv_dw_bn/gamma", "conv_dw_bn/beta", "dense/bias"]
    let all = remarks(Dictionary(uniqueKeysWithValues: names.map { ($0, [.infinity]) }))
    let first = names.prefix(3).map { "weight '\($0)' has 1 value that is infinite" }
    #expect(all == first + ["2 more weights have such values"])
    let four = remarks(Dictionary(uniqueKeysWithValues: names.prefix(4).map { ($0, [.infinity]) }))
    #expect(four.last == "1 more weight has such values")
  }

  /// More elements than a counter as wide as they are can hold.
  @Test func manyAreCounted() {
    let halves = Tensor(shape: [100_000], floats: [Float](repeating: .nan, count: 100_000))
    let changed = weights.merging([WeightID("dense/bias"): halves.rounded(to: .float16)]) { $1 }
    #expect(graph.suspectValues(in: changed).map(\.nan) == [100_000])
  }
}
