internal import SystemFiles
internal import ZipArchive

/// Reads a file in which Keras keeps a network, whichever kind of container it is: its content tells, its name
/// says nothing reliable.
package enum ContainerReading {
  /// - Throws: `FileError` where a file is not there or cannot be read; `KerasFileError.Problem` for its content.
  package static func network(at path: String) throws -> StoredNetwork {
    switch try FileSignature(ofFileAt: path) {
    case .hdf5: return try hdf5(at: path)
    case .zip:
      do {
        return try ArchiveReading.network(at: path)
      } catch let error as ZipError {
        throw KerasFileError.Problem.badArchive(error.description)
      }
    case .json: return try ShardReading.network(at: path)
    case .empty: throw KerasFileError.Problem.empty
    case .gitLFSPointer: throw KerasFileError.Problem.gitLFSPointer
    case .unknown: throw KerasFileError.Problem.unknownFormat
    }
  }

  private static func hdf5(at path: String) throws -> StoredNetwork {
    var budget = ReadingBudget()
    guard let network = try Sandbox.network(in: SharedBytes(path: path), at: path, &budget) else {
      throw KerasFileError.Problem.noNetwork
    }
    return network
  }
}
