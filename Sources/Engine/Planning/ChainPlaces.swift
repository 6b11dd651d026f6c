/// Where the pairs of a chain put what the next one reads: three places that they take in turn, so that work-items may be
/// at a pair while others are still at the one before it.
struct ChainPlaces {
  private static let count = 3

  /// Floats of an image before each place.
  private let offsets: [Int]
  /// Floats of an image in all places.
  let floatsPerImage: Int

  /// - Parameter stages: The chain's, two of each pair.
  init(chain stages: [Stage]) {
    // The last pair's goes elsewhere.
    let outputs = stride(from: 1, to: stages.count - 1, by: 2).map { stages[$0].outputShape }
    var offsets: [Int] = []
    var floats = 0
    for place in 0..<min(ChainPlaces.count, outputs.count) {
      offsets.append(floats)
      let turns = stride(from: place, to: outputs.count, by: ChainPlaces.count)
      floats += turns.map { outputs[$0].floatsPerImage }.max() ?? 0
    }
    self.offsets = offsets
    floatsPerImage = floats
  }

  /// Floats of an image before the output of the pair of that number.
  func offset(of pair: Int) -> Int { offsets[pair % ChainPlaces.count] }
}
