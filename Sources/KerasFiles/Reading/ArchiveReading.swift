internal import HDF5
internal import ModelGraph
internal import SystemFiles
internal import ZipArchive

/// Reads a `.keras` archive, which is never unpacked to a disk.
enum ArchiveReading {
  static let configurationName = "config.json"
  static let metadataName = "metadata.json"
  static let weightsName = "model.weights.h5"
  /// What Keras writes where it has no h5py: pickled Python objects, which run as they are read.
  private static let pickledName = "model.weights.npz"
  private static let maximumText = 8 << 20

  static func network(at path: String) throws -> StoredNetwork {
    try MappedFile(path: path, readsAll: true).withUnsafeBytes { bytes in try network(in: bytes, name: path) }
  }

  private static func network(in bytes: UnsafeRawBufferPointer, name: String) throws -> StoredNetwork {
    let archive = try ZipArchive(bytes)
    guard !archive.names.contains(pickledName) else { throw KerasFileError.Problem.pickledWeights }
    guard archive.names.contains(configurationName), archive.names.contains(weightsName) else {
      throw KerasFileError.Problem.badArchive(
        "is a zip archive, but holds no Keras network ('\(configurationName)' or '\(weightsName)' is missing)"
      )
    }
    let configuration = try text(configurationName, archive)
    let metadata =
      archive.names.contains(metadataName) ? try? JSONParser.parse(try text(metadataName, archive)) : nil
    let weights = try TensorBytes(count: try archive.byteCount(of: weightsName)) { target in
      try archive.read(weightsName, into: target)
    }
    let found = try objects(in: weights, name: name)
    return StoredNetwork(
      container: .archive, kerasVersion: metadata?["keras_version"]?.string, configuration: configuration,
      hasOptimizerState: found.hasOptimizerState, weights: .objects(found.root))
  }

  private static func objects(in weights: TensorBytes, name: String) throws -> ObjectReading.Content {
    var budget = ReadingBudget()
    let found = try weights.withUnsafeBytes { bytes in
      let file = try File(readingImage: bytes, name: name)
      return try ObjectReading.content(try file.root(), in: FileImage(weights), &budget)
    }
    guard let found else { throw KerasFileError.Problem.noNetwork }
    return found
  }

  private static func text(_ name: String, _ archive: borrowing ZipArchive) throws -> String {
    let bytes = try archive.contents(of: name)
    guard bytes.count <= maximumText, let text = String(validating: bytes, as: UTF8.self) else {
      throw KerasFileError.Problem.badArchive("has a member '\(name)' that is no text of a sensible length")
    }
    return text
  }
}
