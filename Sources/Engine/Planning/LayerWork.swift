import ModelGraph

/// What one operation of the frozen layers has to do for a number of images.
public struct LayerWork: Sendable, Hashable {
  /// Names of the layers whose weights it takes, in order.
  public let layers: [String]
  public let images: Int
  public let multiplyAdds: Int
  /// Bytes of its input, its weights and its output: what has to be moved if each is moved once.
  public let bytes: Int

  init(_ group: FrozenGroup, in graph: Graph, images: Int) {
    let layers = group.stages.map { graph.layers[$0.layer].name }
    self.layers = layers
    self.images = images
    multiplyAdds = images * group.stages.reduce(0) { $0 + $1.multiplyAdds }
    let weights = graph.weightIDs.filter { layers.contains($0.layer) }
      .reduce(0) { $0 + (graph.spec(of: $1)?.elementCount ?? 0) }
    bytes = 4 * weights + images * group.bytesPerImage
  }
}
