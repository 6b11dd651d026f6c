internal import HDF5
internal import ModelGraph

extension StoredNetwork {
  /// More than any network that mlpack reads has, so that a file cannot make us open datasets for hours.
  private static let maximumLayers = 4096
  private static let maximumWeights = 16384
  /// Bytes of all weights together: MobileNet 1.0 has 17 million.
  private static let maximumBytes = 1 << 30

  /// Reads a legacy Keras HDF5 file: whole model or weights alone, of Keras 2 and Keras 3.
  ///
  /// - Throws: `weightsOnlyOfKeras3`, `noNetwork`, `unreadable` or `unsupportedType`.
  package init(readingHDF5 path: String) throws(KerasFileError.Problem) {
    do {
      let file = try File(reading: path)
      let root = try file.root()
      if try root.texts("layer_names") != nil {
        self = try StoredNetwork.weightsAlone(root)
      } else if try root.contains("model_weights") {
        self = try StoredNetwork.wholeModel(root)
      } else {
        let isNewer = try root.contains("layers") || root.contains("_layer_checkpoint_dependencies")
        throw isNewer ? KerasFileError.Problem.weightsOnlyOfKeras3 : .noNetwork
      }
    } catch let error as HDF5Error {
      throw .unreadable(object: error.location.path, why: error.problem.description)
    } catch let problem as KerasFileError.Problem {
      throw problem
    } catch {
      throw .unreadable(object: "/", why: "\(error)")
    }
  }

  private static func weightsAlone(_ root: borrowing Group) throws -> StoredNetwork {
    StoredNetwork(
      container: .legacyWeights, kerasVersion: try root.text("keras_version"), configuration: nil,
      hasOptimizerState: false, layers: try layers(of: root))
  }

  private static func wholeModel(_ root: borrowing Group) throws -> StoredNetwork {
    let weights = try root.group(at: "model_weights")
    let version = try root.text("keras_version")
    let groupVersion = try weights.text("keras_version")
    let configuration = try root.text("model_config")
    return StoredNetwork(
      container: configuration == nil ? .legacyWeights : .legacyModel, kerasVersion: version ?? groupVersion,
      configuration: configuration, hasOptimizerState: try root.contains("optimizer_weights"),
      layers: try layers(of: weights))
  }

  private static func layers(of group: borrowing Group) throws -> [StoredLayer] {
    guard let names = try group.texts("layer_names") else { throw KerasFileError.Problem.noNetwork }
    guard names.count <= maximumLayers else {
      throw tooMany(group.location, "layers", names.count, limit: maximumLayers)
    }
    var layers: [StoredLayer] = []
    var budget = Budget()
    for name in names {
      let layer = try group.group(at: name)
      layers.append(StoredLayer(name: name, weights: try weights(of: layer, &budget)))
    }
    return layers
  }

  /// What is left of the limits.
  private struct Budget {
    var weights = maximumWeights
    var bytes = maximumBytes
  }

  private static func weights(of layer: borrowing Group, _ budget: inout Budget) throws -> [StoredWeight] {
    let names = try layer.texts("weight_names") ?? []
    budget.weights -= names.count
    guard budget.weights >= 0 else {
      throw tooMany(layer.location, "weights", names.count, limit: maximumWeights)
    }
    var weights: [StoredWeight] = []
    for name in names {
      let dataset = try layer.dataset(at: name)
      guard dataset.elementType == .float32 else {
        throw KerasFileError.Problem.unsupportedType(weight: name, found: dataset.elementType.description)
      }
      budget.bytes -= dataset.byteCount
      guard budget.bytes >= 0 else {
        throw tooMany(dataset.location, "bytes", dataset.byteCount, limit: maximumBytes)
      }
      let bytes = try TensorBytes(count: dataset.byteCount) { try dataset.read(into: $0) }
      let tensor = Tensor(shape: dataset.shape, dtype: .float32, bytes: bytes)
      weights.append(StoredWeight(name: name, path: dataset.location.path, tensor: tensor))
    }
    return weights
  }

  private static func tooMany(
    _ location: Location, _ what: String, _ count: Int, limit: Int
  ) -> KerasFileError.Problem {
    .unreadable(object: location.path, why: "brings \(count) \(what) more than the limit of \(limit) in all")
  }
}
