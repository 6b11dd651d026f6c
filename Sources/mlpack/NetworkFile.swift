import KerasFiles
import ModelGraph
import PackFile
import SystemFiles

/// A file that mlpack reads, whatever it is.
enum NetworkFile {
  case keras(KerasFile)
  case pack(Pack)

  /// - Parameter head: What becomes of a head that mlpack does not know.
  /// - Throws: `FileError`, `PackError` or `KerasFileError`; `CommandError` for a delta.
  init(reading path: String, head: ForeignHead) throws {
    if PackFile.isPack(path) || DeltaFile.isDelta(path) {
      self = .pack(try Pack(reading: path))
    } else {
      self = .keras(try KerasFile(reading: path, head: head))
    }
  }

  /// The network with its weights as they were before they were folded.
  func model() throws(GraphError) -> Model {
    switch self {
    case .keras(let file): file.model
    case .pack(let pack): try pack.unfolded()
    }
  }
}

extension Pack {
  /// - Throws: `FileError` or `PackError`; `CommandError` for a delta.
  init(reading path: String) throws {
    if DeltaFile.isDelta(path) {
      throw CommandError.data("'\(path)' is a delta; 'mlpack apply BASE \(path) -o PACK' makes a pack of it")
    }
    self = try PackFile.read(path)
  }
}
