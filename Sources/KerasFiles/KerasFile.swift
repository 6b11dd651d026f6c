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

  /// Reads a MobileNet V1 from a legacy Keras HDF5 file of Keras 2 or Keras 3.
  ///
  /// Every weight is found by its name. The configuration in the file is read as data; nothing of it runs.
  ///
  /// - Parameter inputSize: Height and width of the images where the file does not say them; 224 without it.
  /// - Throws: `FileError` where the file is not there or cannot be read; `KerasFileError` for its content.
  public init(reading path: String, inputSize: Int? = nil) throws {
    let (stored, found) = try KerasFile.interpret(path, inputSize: inputSize)
    model = found.model
    container = stored.container
    kerasVersion = stored.kerasVersion.flatMap(KerasFile.printable)
    notes = found.notes
  }

  /// One line on what the file is: `Keras HDF5, whole model, Keras 3.15.1`.
  public var formatDescription: String {
    kerasVersion.map { "\(container), Keras \($0)" } ?? container.description
  }

  static func interpret(
    _ path: String, inputSize: Int?
  ) throws -> (stored: StoredNetwork, found: Interpretation) {
    if let problem = try FileSignature(ofFileAt: path).problem { throw KerasFileError(file: path, problem) }
    do {
      let stored = try StoredNetwork(readingHDF5: path)
      return (stored, try Interpretation(of: stored, inputSize: inputSize))
    } catch {
      throw KerasFileError(file: path, error)
    }
  }

  /// The text is shown to people: a version is short and has no control characters.
  private static func printable(_ version: String) -> String? {
    version.utf8.count <= 40 && version.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? version : nil
  }
}
