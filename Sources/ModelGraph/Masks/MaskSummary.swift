extension FreezeMask {
  /// The shortest usual expression that parses to this mask: `conv_pw_13,dense`, `conv_pw_10..`, `*,-*_bn`.
  ///
  /// Equal masks of one graph have equal summaries. `FreezeMask(parsing:in:)` gives the mask back, as long as no
  /// layer's name has a letter that means something in a mask.
  public func summary(in graph: Graph) -> String {
    let listed = listing(in: graph)
    let usual = ["*,-*_bn", "*:bias", "*:kernel", "*_bn"].filter { $0.count < listed.count }
    return usual.first { (try? FreezeMask(parsing: $0, in: graph)) == self } ?? listed
  }

  /// Layers in network order, with runs of wholly trained ones drawn together.
  private func listing(in graph: Graph) -> String {
    let layers = graph.layers.indices.compactMap { position -> LayerMask? in
      let specs = graph.weightSpecs[position].filter(\.name.isTrainable)
      return specs.isEmpty ? nil : LayerMask(name: graph.layers[position].name, specs: specs, mask: self)
    }
    var terms: [String] = []
    var next = 0
    while next < layers.count {
      let run = layers[next...].prefix(while: \.isWhole)
      if run.isEmpty {
        terms += layers[next].terms
        next += 1
      } else {
        terms += FreezeMask.terms(forRun: run, among: layers)
        next = run.endIndex
      }
    }
    return terms.isEmpty ? "none" : terms.joined(separator: ",")
  }

  private static func terms(forRun run: ArraySlice<LayerMask>, among all: [LayerMask]) -> [String] {
    if run.count == all.count { return ["*"] }
    if run.count < 3 { return run.map(\.name) }
    let first = run.startIndex == all.startIndex ? "" : run[run.startIndex].name
    let last = run.endIndex == all.endIndex ? "" : run[run.endIndex - 1].name
    return [first + ".." + last]
  }
}

/// The part of a mask that concerns one layer.
private struct LayerMask {
  let name: String
  /// Of each tensor that can be trained: its name and its channels.
  let tensors: [(name: WeightName, channels: ChannelMask)]

  init(name: String, specs: [WeightSpec], mask: FreezeMask) {
    self.name = name
    tensors = specs.map { ($0.name, mask[WeightID(layer: name, name: $0.name)]) }
  }

  var isWhole: Bool { tensors.allSatisfy { $0.channels == .trainable } }

  var terms: [String] {
    if tensors.allSatisfy({ $0.channels == tensors[0].channels }) {
      return slices(of: name, tensors[0].channels)
    }
    return tensors.flatMap { slices(of: "\(name):\($0.name.rawValue)", $0.channels) }
  }

  private func slices(of selector: String, _ channels: ChannelMask) -> [String] {
    switch channels {
    case .frozen: []
    case .trainable: [selector]
    case .channels(let ranges): ranges.map { "\(selector)[\($0.lowerBound):\($0.upperBound)]" }
    }
  }
}
