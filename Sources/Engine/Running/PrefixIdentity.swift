public import ModelGraph
import SystemFiles

extension Engine {
  /// SHA-256 of everything on which the features of an image depend besides the image: the frozen layers and their
  /// weights as they are run, the kernels, the device and its driver.
  ///
  /// - Parameter pack: The pack that this engine was made of.
  public func prefixDigest(of pack: Pack) -> String {
    var digest = Digest()
    func add(_ text: String) { digest.update(Array(text.utf8) + [0]) }
    for text in identityOfKernels { add(text) }
    let preprocessing = pack.inputPreprocessing
    add("\(preprocessing.divisor) \(preprocessing.offset) \(pack.graph.inputShape)")
    for (layer, specs) in zip(pack.graph.layers, pack.graph.weightSpecs).prefix(frozenLayers) {
      add("\(layer.operation) \(layer.inputs) \(pack.foldedLayers.contains(layer.name))")
      for spec in specs {
        let tensor = pack.weights[WeightID(layer: layer.name, name: spec.name)]
        tensor?.bytes.withUnsafeBytes { digest.update($0) }
      }
    }
    return digest.hex()
  }
}
