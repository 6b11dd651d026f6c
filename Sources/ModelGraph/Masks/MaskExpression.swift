extension FreezeMask {
  /// The mask that an expression describes.
  ///
  /// Comma-separated terms, applied from left to right to a mask that trains nothing. A term is a layer's name, a
  /// glob with `*` and `?`, or a range `A..B` in network order with either end optional; then `:tensor` where not
  /// all tensors are meant, and `[from:to]` for a slice of output channels, from the first inclusive to the last
  /// exclusive, with either end optional. A leading `-` takes away. `none` alone trains nothing.
  ///
  /// `conv_pw_13,dense` · `conv_pw_10..` · `*` · `*:bias` · `conv_pw_13[0:256]` · `*,-*_bn`
  ///
  /// Moving statistics are never trained.
  ///
  /// - Throws: `MaskError` for the first term that does not parse, or that matches nothing.
  public init(parsing expression: String, in graph: Graph) throws(MaskError) {
    self.init()
    let terms = expression.split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed }
    if terms.contains("none"), graph["none"] == nil {
      guard terms.count == 1 else { throw .noneAmongOthers }
      return
    }
    var trained: [WeightID: ChannelRanges] = [:]
    for text in terms {
      let term = try MaskTerm(text) { graph[$0] != nil }
      for (id, spec) in try graph.weights(of: term) {
        let channels = try term.channels(of: id, spec)
        if term.takesAway {
          trained[id]?.remove(channels)
        } else {
          trained[id, default: ChannelRanges()].insert(channels)
        }
      }
    }
    for (id, ranges) in trained {
      if let spec = graph.spec(of: id) { self[id] = ranges.mask(of: spec.channelCount) }
    }
  }
}

extension MaskTerm {
  fileprivate func channels(of id: WeightID, _ spec: WeightSpec) throws(MaskError) -> Range<Int> {
    let count = spec.channelCount
    guard let slice else { return 0..<count }
    let to = slice.to ?? count
    guard slice.from < to, to <= count else { throw .sliceTooLong(term: text, weight: id, channels: count) }
    return slice.from..<to
  }
}

extension Graph {
  /// The weights that `term` names, at least one.
  fileprivate func weights(of term: MaskTerm) throws(MaskError) -> [(WeightID, WeightSpec)] {
    if let tensor = term.tensor {
      guard let name = WeightName(rawValue: tensor) else {
        throw .noSuchTensor(term: term.text, name: tensor)
      }
      guard name.isTrainable else {
        throw .nothingToTrain(term: term.text, why: "moving statistics follow the data and are never trained")
      }
    }
    let positions = try positions(of: term)
    let found = positions.flatMap { position in
      weightSpecs[position].filter { term.selects($0.name) }
        .map { (WeightID(layer: layers[position].name, name: $0.name), $0) }
    }
    guard !found.isEmpty else {
      let what = term.tensor.map { "tensor '\($0)'" } ?? "trainable tensor"
      let matched = positions.count == 1 ? "layer '\(layers[positions[0]].name)'" : "none of the layers"
      throw .nothingToTrain(
        term: term.text, why: "\(matched) has \(positions.count == 1 ? "no" : "a") \(what)")
    }
    return found
  }

  private func positions(of term: MaskTerm) throws(MaskError) -> [Int] {
    func position(_ name: String) throws(MaskError) -> Int {
      guard let found = self.position(of: name) else {
        throw .noSuchLayer(term: term.text, nearest: nearestLayers(to: name))
      }
      return found
    }
    switch term.selector {
    case .name(let name):
      return [try position(name)]
    case .range(let first, let last):
      let lower = try first.map(position) ?? 0
      let upper = try last.map(position) ?? layers.count - 1
      guard lower <= upper else { throw .backwards(term: term.text) }
      return Array(lower...upper)
    case .glob(let pattern):
      let found = layers.indices.filter { globMatches(pattern, layers[$0].name) }
      guard !found.isEmpty else {
        throw .noSuchLayer(term: term.text, nearest: nearestLayers(to: pattern))
      }
      return found
    }
  }

  /// Up to three layers with something to train whose names are the fewest edits away, nearest first. Of equally
  /// near ones those of the same length come first, then those further on, which are trained more often.
  private func nearestLayers(to name: String) -> [String] {
    let candidates = zip(layers, weightSpecs).filter { !$0.1.isEmpty }.map(\.0.name)
    let ranked = candidates.enumerated().map { offset, candidate in
      let lengths = abs(candidate.utf8.count - name.utf8.count)
      return (rank: (editDistance(candidate, name), lengths, -offset), name: candidate)
    }
    return ranked.sorted { $0.rank < $1.rank }.prefix(3).map(\.name)
  }
}

/// Letters to insert, delete or replace to get from `a` to `b`; names are compared up to 64 letters.
private func editDistance(_ a: String, _ b: String) -> Int {
  let a = Array(a.utf8.prefix(64))
  let b = Array(b.utf8.prefix(64))
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let above = row[j + 1]
      row[j + 1] = min(diagonal + (x == y ? 0 : 1), above + 1, row[j] + 1)
      diagonal = above
    }
  }
  return row[b.count]
}
