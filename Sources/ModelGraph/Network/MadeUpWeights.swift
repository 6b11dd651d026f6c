extension Graph {
  /// Weights that nobody trained, in the range of real ones: for measuring speed and for tests.
  ///
  /// Kernels are near normal with variance 2 / fan-in (He et al., 2015) and biases with deviation 0.1; gamma lies
  /// between 0.5 and 1.5, the moving variance between 0.1 and 2, beta has deviation 0.3 and the moving mean 0.5.
  /// The same seed gives the same bits everywhere.
  public func madeUpWeights(seed: UInt64) -> Weights {
    var random = SplitMix64(seed: seed)
    var weights: Weights = [:]
    for id in weightIDs {
      guard let spec = spec(of: id) else { continue }
      let distribution = Distribution(of: spec)
      let floats = [Float](unsafeUninitializedCapacity: spec.elementCount) { floats, filled in
        for index in 0..<spec.elementCount {
          floats.initializeElement(at: index, to: distribution.sample(&random))
        }
        filled = spec.elementCount
      }
      weights[id] = Tensor(shape: spec.shape, floats: floats)
    }
    return weights
  }
}

private enum Distribution {
  case normal(deviation: Double)
  case uniform(ClosedRange<Double>)

  init(of spec: WeightSpec) {
    switch spec.name {
    case .kernel, .depthwiseKernel:
      // A depthwise output sees one channel, any other all of them.
      let axes = spec.name == .kernel ? spec.shape.dropLast() : spec.shape.prefix(2)
      self = .normal(deviation: (2 / Double(axes.reduce(1, *))).squareRoot())
    case .bias: self = .normal(deviation: 0.1)
    case .gamma: self = .uniform(0.5...1.5)
    case .beta: self = .normal(deviation: 0.3)
    case .movingMean: self = .normal(deviation: 0.5)
    case .movingVariance: self = .uniform(0.1...2)
    }
  }

  func sample(_ random: inout SplitMix64) -> Float {
    switch self {
    case .uniform(let range):
      let unit = Double(random.next() >> 11) / Double(1 << 53)
      return Float(range.lowerBound + unit * (range.upperBound - range.lowerBound))
    case .normal(let deviation):
      // The sum of twelve uniform numbers less its mean has variance 1 and needs no logarithm, of which every
      // C library computes its own last bit.
      var sum = 0
      for _ in 0..<3 {
        let word = random.next()
        for shift in [0, 16, 32, 48] { sum += Int(word >> UInt64(shift) & 0xffff) }
      }
      return Float((Double(sum) / 65536 - 6) * deviation)
    }
  }
}
