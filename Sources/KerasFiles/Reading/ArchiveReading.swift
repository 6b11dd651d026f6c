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
    var budget = ReadingBudget()
    guard var network = try Sandbox.network(in: try weights(in: archive), at: name, &budget),
      case .objects = network.weights
    else { throw KerasFileError.Problem.noNetwork }
    network.container = .archive
    network.kerasVersion = metadata?["keras_version"]?.string
    network.configuration = configuration
    return network
  }

  /// The member that is an HDF5 file.
  static func weights(in archive: borrowing ZipArchive) throws -> SharedBytes {
    let count = try archive.byteCount(of: weightsName)
    guard count > 0 else { throw KerasFileError.Problem.noNetwork }
    return try SharedBytes(count: count) { target in try archive.read(weightsName, into: target) }
  }

  private static func text(_ name: String, _ archive: borrowing ZipArchive) throws -> String {
    let isSensible = try archive.byteCount(of: name) <= maximumText
    guard isSensible, let text = String(validating: try archive.contents(of: name), as: UTF8.self) else {
      throw KerasFileError.Problem.badArchive("has a member '\(name)' that is no text of a sensible length")
    }
    return text
  }
}
