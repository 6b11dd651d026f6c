internal import HDF5
internal import SystemFiles
internal import ZipArchive

/// Reads a file in which Keras keeps a network, whichever kind of container it is: its content tells, its name
/// says nothing reliable.
package enum ContainerReading {
  /// - Throws: `FileError` where a file is not there or cannot be read; `KerasFileError.Problem` for its content.
  package static func network(at path: String) throws -> StoredNetwork {
    switch try FileSignature(ofFileAt: path) {
    case .hdf5:
      try explained {
        try network(try File(reading: path), in: FileImage(try MappedFile(path: path, readsAll: true)))
      }
    case .zip: try explained { try ArchiveReading.network(at: path) }
    case .json: try explained { try ShardReading.network(at: path) }
    case .empty: throw KerasFileError.Problem.empty
    case .gitLFSPointer: throw KerasFileError.Problem.gitLFSPointer
    case .unknown: throw KerasFileError.Problem.unknownFormat
    }
  }

  private static func network(_ file: borrowing File, in image: FileImage) throws -> StoredNetwork {
    let root = try file.root()
    if let legacy = try LegacyReading.network(root, in: image) { return legacy }
    var budget = ReadingBudget()
    guard let found = try ObjectReading.content(root, in: image, &budget) else {
      throw KerasFileError.Problem.noNetwork
    }
    return StoredNetwork(
      container: .weights, kerasVersion: nil, configuration: nil, hasOptimizerState: found.hasOptimizerState,
      weights: .objects(found.root))
  }

  /// What the libraries below refuse, as a problem of the file.
  static func explained<R>(_ body: () throws -> R) throws -> R {
    do {
      return try body()
    } catch let error as HDF5Error {
      throw KerasFileError.Problem.unreadable(object: error.location.path, why: error.problem.description)
    } catch let error as ZipError {
      throw KerasFileError.Problem.badArchive(error.description)
    }
  }
}
