internal import ModelGraph

/// Finds the object of each layer of a configuration: Keras names the objects of a model by their classes, and
/// numbers those of a class in the order of the layers.
enum ObjectMatching {
  /// The objects as layers by name, models taken apart; their weights are named by their numbers.
  static func layers(
    of model: LayerConfiguration, in object: StoredObject
  ) throws(KerasFileError.Problem) -> [StoredLayer] {
    var found: [StoredLayer] = []
    var counts: [String: Int] = [:]
    // Sorted once, not for every layer: a file may have thousands of both.
    let children = object.childrenByClass
    for entry in try model.layers() {
      let className = snakeCase(entry.className)
      let rank = counts[className, default: 0]
      counts[className] = rank + 1
      guard let child = child(entry.name, rank, among: children[className] ?? []) else { continue }
      found += entry.isModel ? try layers(of: entry, in: child) : [StoredLayer(entry.name, numbered: child)]
    }
    return found
  }

  /// The child that carries the layer's name, which Keras writes down from 3.6 on, or else stands in its place
  /// among those of its class: Keras 2.12 and 2.13 leave gaps in the numbers.
  private static func child(
    _ name: String, _ rank: Int, among candidates: [StoredObject]
  ) -> StoredObject? {
    if let named = candidates.first(where: { $0.name == name }) { return named }
    return candidates.indices.contains(rank) ? candidates[rank] : nil
  }

  /// `DepthwiseConv2D` as `depthwise_conv2d`: an underscore before each capital that begins a word.
  static func snakeCase(_ name: String) -> String {
    let letters = Array(name.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
    var result = ""
    for (index, letter) in letters.enumerated() {
      if index > 0, letter.isUppercase {
        let endsWord = letters[index - 1].isLowercase
        let startsWord = index + 1 < letters.count && letters[index + 1].isLowercase
        if endsWord || startsWord, letters[index - 1] != "_" { result += "_" }
      }
      result += letter.lowercased()
    }
    return result
  }
}

extension StoredLayer {
  /// An object's variables under their numbers.
  fileprivate init(_ name: String, numbered object: StoredObject) {
    self.init(
      name: name, weights: object.variables.sorted { $0.key < $1.key }.map(\.value),
      otherTypes: Dictionary(uniqueKeysWithValues: object.otherTypes.map { ("\($0.key)", $0.value) }))
  }
}
