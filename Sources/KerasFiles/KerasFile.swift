public import ModelGraph
internal import SystemFiles

/// What a Keras file holds, as plain values: nothing of the file stays open behind it.
public struct KerasFile: Sendable {
  /// The network, under the file's layer names; nested models are taken apart.
  public let model: Model
  public let container: KerasContainer
  /// The Keras that wrote the file, as the file says; tf_keras counts as TensorFlow does.
  public let kerasVersion: String?
  /// What was assumed or left behind, each a sentence without a full stop.
  public let notes: [String]
  /// Layers of a head that mlpack does not know, and that was left out.
  public let foreignHead: [ForeignLayer]

  /// Reads a MobileNet V1 from any container of Keras 2 or Keras 3.
  ///
  /// Every weight is found by its name. The configuration in the file is read as data; nothing of it runs.
  ///
  /// - Parameters:
  ///   - inputSize: Height and width of the images where the file does not say them; 224 without it.
  ///   - head: What to do with a head that mlpack does not know.
  /// - Throws: `FileError` where the file is not there or cannot be read; `KerasFileError` for its content.
  public init(reading path: String, inputSize: Int? = nil, head: ForeignHead = .refused) throws {
    let (stored, found) = try KerasFile.interpret(path, inputSize: inputSize, head: head)
    model = found.model
    container = stored.container
    kerasVersion = stored.kerasVersion.flatMap(KerasFile.printable)
    notes = found.notes
    foreignHead = found.foreign
  }

  /// One line on what the file is: `Keras HDF5, whole model, Keras 3.15.1`.
  public var formatDescription: String {
    kerasVersion.map { "\(container), Keras \($0)" } ?? container.description
  }

  static func interpret(
    _ path: String, inputSize: Int?, head: ForeignHead
  ) throws -> (stored: StoredNetwork, found: Interpretation) {
    do {
      let stored = try ContainerReading.network(at: path)
      return (stored, try Interpretation(of: stored, inputSize: inputSize, head: head))
    } catch let problem as KerasFileError.Problem {
      throw KerasFileError(file: path, problem)
    }
  }

  /// The text is shown to people: a version is short and has no control characters.
  private static func printable(_ version: String) -> String? {
    version.utf8.count <= 40 && version.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? version : nil
  }
}

/// What becomes of a head whose layers mlpack does not know.
public enum ForeignHead: Sendable, Hashable {
  /// The file is refused, and the error says what is in the way.
  case refused
  /// The feature extractor alone is read, and what was left out is told.
  case leftOut
}
