internal import HDF5
public import ModelGraph
internal import SystemFiles
internal import ZipArchive

/// Writes networks for Keras.
public enum KerasExport {
  /// Writes a network as one of the kinds of files that Keras keeps networks in.
  ///
  /// A whole model loads with `load_model`, weights alone with `load_weights` into the same network: one flat model,
  /// in which nested ones were taken apart. There is no training configuration. Equal models give equal bytes.
  ///
  /// - Parameter partBytes: What a file of sharded weights may hold at most, where one layer allows it.
  /// - Throws: `FileError` or `KerasFileError` `notWritten`; `path` is then as it was. The parts of sharded weights
  ///   are written before the file that names them.
  public static func write(
    _ model: Model, to path: String, as container: KerasContainer, partBytes: Int = 10_000_000
  ) throws {
    try reportingFailure(of: path) {
      switch container {
      case .legacyModel: try write(try LegacyWriting.wholeModel(model, name: path), to: path)
      case .legacyWeights: try write(try LegacyWriting.weightsAlone(model, name: path), to: path)
      case .weights: try write(try ObjectWriting.image(of: model, name: path), to: path)
      case .archive: try write(try archive(of: model, name: path), to: path)
      case .shardedWeights: try ShardWriting(path).write(model, partBytes: partBytes)
      }
    }
  }

  static func write(_ bytes: [UInt8], to path: String) throws {
    try AtomicFile.write(to: path) { file in try file.append(bytes) }
  }

  private static func archive(of model: Model, name: String) throws -> [UInt8] {
    let metadata: JSONValue = ["keras_version": .string(NeutralConfiguration.archiveVersion)]
    return try ZipArchive.archive(of: [
      (ArchiveReading.metadataName, Array(metadata.text.utf8)),
      (ArchiveReading.configurationName, Array(NeutralConfiguration.archiveText(for: model).utf8)),
      (ArchiveReading.weightsName, try ObjectWriting.image(of: model, name: name)),
    ])
  }

  /// What the libraries below refuse, as a failure to write `path`.
  static func reportingFailure<R>(of path: String, _ body: () throws -> R) throws -> R {
    do {
      return try body()
    } catch let error as HDF5Error {
      let why = error.problem.description
      throw KerasFileError(file: path, .notWritten(object: error.location.path, why: why))
    } catch let error as ZipError {
      throw KerasFileError(file: path, .notWritten(object: "", why: error.description))
    }
  }
}
