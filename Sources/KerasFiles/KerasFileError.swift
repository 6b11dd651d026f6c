public import ModelGraph

/// Why a file is not, or cannot become, a Keras MobileNet.
public struct KerasFileError: Error, Hashable, CustomStringConvertible {
  public enum Problem: Error, Hashable {
    case empty
    case notHDF5
    case gitLFSPointer
    case zipArchive
    /// `.weights.h5` of Keras 3 and of the late Keras 2.
    case weightsOnlyOfKeras3
    /// HDF5 of another kind.
    case noNetwork
    /// libhdf5 or a check before it refused an object of the file.
    case unreadable(object: String, why: String)
    case badConfiguration(String)
    case unknownLayer(String, className: String)
    case unsupported(layer: String, why: String)
    case notMobileNet(String)
    case unknownWeight(String)
    case duplicateWeight(String)
    case unsupportedType(weight: String, found: String)
    /// The layers do not fit each other, or the weights do not fit the layers.
    case unsound(GraphError)
    case inputSize(asked: Int, found: Shape)
    /// The network to write is not the one in the file.
    case otherNetwork(String)
    /// libhdf5 could not write an object.
    case notWritten(object: String, why: String)
  }

  /// As the caller gave it.
  public let file: String
  public let problem: Problem

  public init(file: String, _ problem: Problem) {
    self.file = file
    self.problem = problem
  }

  public var description: String { printable("'\(file)' \(problem.predicate)") }
}

/// Names come from the file: they stay on one line and send nothing to a terminal but their letters.
private func printable(_ text: String) -> String {
  text.unicodeScalars.map { scalar in
    scalar.properties.generalCategory == .control
      ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
  }.joined()
}

extension KerasFileError.Problem {
  /// What is the matter, as the end of a sentence about the file.
  fileprivate var predicate: String {
    switch self {
    case .empty:
      "is empty; fetch or save it again"
    case .notHDF5:
      "is not HDF5; save the model in Keras with model.save(\"name.h5\")"
    case .gitLFSPointer:
      "is a Git LFS pointer, not the file itself; fetch it with `git lfs pull`"
    case .zipArchive:
      "is a zip archive (.keras?), not HDF5; load it in Keras and save it with model.save(\"name.h5\")"
    case .weightsOnlyOfKeras3:
      "is a .weights.h5 file of Keras 3; load it in Keras and save the model with model.save(\"name.h5\")"
    case .noNetwork:
      "is HDF5, but holds no Keras network ('layer_names' and 'model_weights' are missing)"
    case .unreadable(let object, let why):
      "is damaged or not from Keras: \(object) \(why)"
    case .badConfiguration(let why):
      "has a model configuration that Keras does not write: \(why)"
    case .unknownLayer(let layer, let className):
      "has layer '\(layer)' of class \(className), which mlpack does not know; it reads MobileNet V1"
    case .unsupported(let layer, let why):
      "has layer '\(layer)', which mlpack cannot run: \(why)"
    case .notMobileNet(let why):
      "is no MobileNet V1 with Keras's layer names: \(why)"
    case .unknownWeight(let name):
      "has weight '\(name)', which belongs to no layer of the network"
    case .duplicateWeight(let name):
      "has weight '\(name)' twice"
    case .unsupportedType(let weight, let found):
      "has weight '\(weight)' as \(found); mlpack reads float32: cast the model in Keras and save it again"
    case .unsound(let error):
      "does not fit together: \(error)"
    case .inputSize(let asked, let found):
      "has inputs of \(found); input size \(asked) can be chosen only for weights alone"
    case .otherNetwork(let why):
      "holds another network than the one to write: \(why)"
    case .notWritten(let object, let why):
      "cannot be written: \(object) \(why)"
    }
  }
}

/// What `body` makes of layers and weights, which has to be sound.
func sound<R>(_ body: () throws(GraphError) -> R) throws(KerasFileError.Problem) -> R {
  do {
    return try body()
  } catch {
    throw .unsound(error)
  }
}
