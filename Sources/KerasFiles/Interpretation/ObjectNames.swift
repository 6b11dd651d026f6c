internal import ModelGraph

/// Names the objects of a file that has no configuration: by their own names where Keras wrote them down, else by
/// what they must be in a MobileNet V1.
enum ObjectNames {
  private static let convolution = "conv2d"
  private static let depthwise = "depthwise_conv2d"
  private static let normalization = "batch_normalization"
  private static let dense = "dense"

  /// The layers with weights, in the network's order as far as the file knows it.
  ///
  /// - Throws: `notMobileNet` where no object has the thirteen depthwise convolutions.
  static func layers(of root: StoredObject) throws(KerasFileError.Problem) -> [StoredLayer] {
    guard let features = features(in: root) else {
      throw .notMobileNet("it has no model with \(MobileNetV1.blockCount) depthwise convolutions")
    }
    var layers: [StoredLayer] = []
    let names = MobileNetNames.canonical
    try append(features.children(ofClass: convolution), names.widthConvolutions + ["conv_preds"], to: &layers)
    try append(features.children(ofClass: depthwise), names.depthwiseConvolutions, to: &layers)
    try append(features.children(ofClass: normalization), names.normalizations, to: &layers)
    for object in denseLayers(of: root) { layers.append(try layer(object, name: object.name ?? object.key)) }
    return layers
  }

  /// The object that holds the layers of the network: the innermost with thirteen depthwise convolutions.
  private static func features(in object: StoredObject) -> StoredObject? {
    for child in object.children {
      if let found = features(in: child) { return found }
    }
    return object.children(ofClass: depthwise).count == MobileNetV1.blockCount ? object : nil
  }

  private static func denseLayers(of object: StoredObject) -> [StoredObject] {
    object.children(ofClass: dense) + object.children.flatMap(denseLayers)
  }

  private static func append(
    _ objects: [StoredObject], _ names: [String], to layers: inout [StoredLayer]
  ) throws(KerasFileError.Problem) {
    for (index, object) in objects.enumerated() {
      let canonical = names.indices.contains(index) ? names[index] : object.key
      layers.append(try layer(object, name: object.name ?? canonical))
    }
  }

  private static func layer(
    _ object: StoredObject, name: String
  ) throws(KerasFileError.Problem) -> StoredLayer {
    let names = try weightNames(of: object)
    var layer = StoredLayer(name: name, weights: [])
    for (number, variable) in object.variables.sorted(by: { $0.key < $1.key }) {
      guard names.indices.contains(number) else { throw .unknownWeight(variable.place.path) }
      var named = variable
      named.name = "\(name)/\(names[number].rawValue)"
      layer.weights.append(named)
    }
    for (number, type) in object.otherTypes where names.indices.contains(number) {
      layer.otherTypes["\(name)/\(names[number].rawValue)"] = type
    }
    return layer
  }

  /// The names of an object's variables in the order in which Keras creates them.
  private static func weightNames(of object: StoredObject) throws(KerasFileError.Problem) -> [WeightName] {
    switch object.kind.className {
    case depthwise: return [.depthwiseKernel, .bias]
    case normalization:
      guard object.variables.count + object.otherTypes.count == 4 else {
        throw .notMobileNet(
          "which of gamma, beta and the moving statistics '\(object.key)' has, only a configuration says; "
            + "save the whole model with model.save(\"name.keras\")")
      }
      return [.gamma, .beta, .movingMean, .movingVariance]
    default: return [.kernel, .bias]
    }
  }
}
