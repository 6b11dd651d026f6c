public import ModelGraph
internal import SystemFiles

/// Why a file is not, or cannot become, a Keras MobileNet.
public struct KerasFileError: Error, Hashable, CustomStringConvertible {
  public enum Problem: Error, Hashable {
    case empty
    /// Neither HDF5 nor a zip archive nor the index of sharded weights.
    case unknownFormat
    case gitLFSPointer
    /// HDF5 or an index of another kind.
    case noNetwork
    case badArchive(String)
    /// Weights that only Python's `pickle` reads, which runs what is in them.
    case pickledWeights
    /// One of the files that an index of sharded weights names.
    case badPart(fileName: String, why: String)
    /// libhdf5 or a check before it refused an object of the file.
    case unreadable(object: String, why: String)
    /// libhdf5 came to a bad end over the file.
    case libraryFailed(String)
    case badConfiguration(String)
    case unknownLayer(String, className: String)
    case unsupported(layer: String, why: String)
    /// A head of layers that mlpack does not know, which nobody asked to drop.
    case foreignHead([ForeignLayer])
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

  public var description: String { printable("'\(file)' \(problem.predicate)\(problem.advice)") }
}

/// Names come from the file: they stay on one line, which has an end, and send nothing to a terminal but their letters.
private func printable(_ text: String) -> String {
  let scalars = text.unicodeScalars
  guard scalars.count <= 1000 else {
    return printable(String(String.UnicodeScalarView(scalars.prefix(500)))) + " … "
      + printable(String(String.UnicodeScalarView(scalars.suffix(400))))
  }
  return scalars.map { scalar in
    scalar.steersText ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
  }.joined()
}

extension KerasFileError {
  /// The first layers of a head, with what is the matter with them.
  static func listed(_ layers: [ForeignLayer]) -> String {
    let shown = layers.prefix(8).map(\.description).joined(separator: ", ")
    return layers.count > 8 ? "\(shown) and \(layers.count - 8) more" : shown
  }
}

extension KerasFileError.Problem {
  /// Why a layer is not taken over, where the network may go on without it; nil for damage.
  var reasonToLeaveOut: String? {
    switch self {
    case .unknownLayer(_, let className): "of class \(className)"
    case .unsupported(_, let why): why
    default: nil
    }
  }

  /// What is the matter, as the end of a sentence about the file.
  fileprivate var predicate: String {
    switch self {
    case .empty:
      "is empty; fetch or save it again"
    case .unknownFormat:
      "is no file that Keras keeps a network in; save the model in Keras with model.save(\"name.keras\")"
    case .gitLFSPointer:
      "is a Git LFS pointer, not the file itself; fetch it with `git lfs pull`"
    case .noNetwork:
      "holds no Keras network (neither 'layer_names' nor 'model_weights' nor 'layers' is there)"
    case .badArchive(let why):
      why
    case .pickledWeights:
      "keeps its weights as pickled Python objects, which run code as they are read; "
        + "load it in Keras where h5py is installed and save it again"
    case .badPart(let fileName, let why):
      "names '\(fileName)' as one of its parts, which \(why)"
    case .unreadable(let object, let why):
      "is damaged or not from Keras: \(object) \(why)"
    case .libraryFailed(let why):
      "makes libhdf5 fail: \(why); fetch it again, or load it in Keras and save it again"
    case .badConfiguration(let why):
      "has a model configuration that Keras does not write: \(why)"
    case .unknownLayer(let layer, let className):
      "has layer '\(layer)' of class \(className), which mlpack does not know; it reads MobileNet V1"
    case .unsupported(let layer, let why):
      "has layer '\(layer)', which mlpack cannot run: \(why)"
    case .foreignHead(let layers):
      "has a head that mlpack does not know: \(KerasFileError.listed(layers)); "
        + "--no-top drops it, --classes N puts a new one in its place"
    case .notMobileNet(let why):
      "is no MobileNet V1: \(why)"
    case .unknownWeight(let name):
      "has weight '\(name)', which belongs to no layer of the network"
    case .duplicateWeight(let name):
      "has weight '\(name)' twice"
    case .unsupportedType(let weight, let found):
      "has weight '\(weight)' as \(found); mlpack reads float32, float16, bfloat16 and float64; "
        + "cast the model in Keras and save it again"
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

  /// What to do about it, where the predicate does not say.
  fileprivate var advice: String {
    switch self {
    case .noNetwork: "; save the model in Keras with model.save(\"name.keras\")"
    case .badArchive, .badPart, .unreadable, .badConfiguration, .unknownWeight, .duplicateWeight, .unsound:
      "; fetch it again, or save it again in Keras"
    case .unsupported: "; take the layer out in Keras and save the model again"
    case .notMobileNet: "; no other network can be imported"
    case .otherNetwork: "; name the file that the pack was imported from"
    case .notWritten: "; free memory, or choose another format"
    default: ""
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
