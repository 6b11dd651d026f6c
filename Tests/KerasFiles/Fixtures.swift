import Foundation
import KerasFiles
import ModelGraph
import SystemFiles
import Testing

/// Path of a file in fixtures/.
func fixture(_ name: String) -> String {
  URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../fixtures/" + name).standardized
    .path
}

/// What tools/make_fixtures.py wrote down of the Keras objects that it saved.
struct Expected: Decodable {
  struct Variable: Decodable {
    let shape: [Int]
    let sha256: String
    let dtype: String?
  }

  let input: [Int]
  let output: [Int]
  /// Layers with weights that were not trainable.
  let frozen: [String]
  /// nil where the file named by `tensorsOf` has the same ones.
  private let tensors: [String: Variable]?
  private let tensorsOf: String?

  /// By layer and weight: `conv1/kernel`.
  func variables() throws -> [String: Variable] {
    if let tensors { return tensors }
    return try #require(Expected.all[tensorsOf ?? ""]?.tensors)
  }

  static let all: [String: Expected] = {
    do {
      let data = try Data(contentsOf: URL(filePath: fixture("keras/expected.json")))
      return try JSONDecoder().decode([String: Expected].self, from: data)
    } catch {
      Issue.record("fixtures/keras/expected.json: \(error)")
      return [:]
    }
  }()
}

/// The legacy files in fixtures/keras in the form in which real Keras saved them, which tests also change.
enum SavedByKeras: String, CaseIterable, Sendable {
  case nested = "keras2_nested_frozen.h5"
  case hosted = "mobilenet_hosted_no_top.h5"
  case top = "keras3_top_hostile.h5"
  case outer = "keras3_outer_frozen.h5"

  var path: String { fixture("keras/" + rawValue) }

  func stored() throws -> StoredNetwork { try ContainerReading.network(at: path) }

  func read() throws -> KerasFile { try KerasFile(reading: path, inputSize: self == .hosted ? 128 : nil) }
}

/// Any file in fixtures/keras of which Keras's own account is kept.
struct KerasFixture: Sendable, CustomTestStringConvertible {
  let name: String

  var testDescription: String { name }
  var path: String { fixture("keras/" + name) }
  var isRefused: Bool { name.contains("channels_first") }
  var hasForeignHead: Bool { name.contains("strange_head") }
  var isWeightsAlone: Bool {
    name.contains("weights") || name.hasPrefix("made_") && name != "made_2017.h5" || name.contains("hosted")
  }

  static let all = Expected.all.keys.sorted().map(KerasFixture.init)
  static let readable = all.filter { !$0.isRefused }
  static let whole = readable.filter { !$0.hasForeignHead }

  func expected() throws -> Expected { try #require(Expected.all[name]) }

  func read() throws -> KerasFile {
    try KerasFile(
      reading: path, inputSize: isWeightsAlone ? expected().input[0] : nil,
      head: hasForeignHead ? .leftOut : .refused)
  }
}

extension Tensor {
  var sha256: String {
    var digest = Digest()
    bytes.withUnsafeBytes { digest.update($0) }
    return digest.hex()
  }
}

/// Lends a folder that is removed afterwards.
func withFolder<R>(_ body: (String) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory.appending(path: "mlpack-\(UUID())")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

func bytes(of path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

/// What `body` finds wrong; nil where it throws nothing, or something else.
func problem(_ body: () throws -> Void) -> KerasFileError.Problem? {
  do {
    try body()
    return nil
  } catch {
    return (error as? KerasFileError)?.problem ?? (error as? KerasFileError.Problem)
  }
}

/// What is wrong with a stored network.
func problem(of stored: StoredNetwork) -> KerasFileError.Problem? {
  problem { _ = try Interpretation(of: stored, inputSize: nil) }
}

extension StoredNetwork {
  /// The layers of a legacy file.
  var layers: [StoredLayer] {
    get { if case .layers(let layers) = weights { layers } else { [] } }
    set { weights = .layers(newValue) }
  }

  /// The network with the name of every weight changed.
  func renamingWeights(_ rename: (_ layer: String, _ weight: String) -> String) -> StoredNetwork {
    var copy = self
    for layer in copy.layers.indices {
      for weight in copy.layers[layer].weights.indices {
        copy.layers[layer].weights[weight].name = rename(
          copy.layers[layer].name, copy.layers[layer].weights[weight].name)
      }
    }
    return copy
  }

  /// The network with a change to the text of its configuration.
  func editingConfiguration(_ edit: (String) -> String) -> StoredNetwork {
    var copy = self
    copy.configuration = configuration.map(edit)
    return copy
  }

  /// The first occurrence of `text` in the configuration replaced; it has to be there.
  func replacing(_ text: String, with other: String) throws -> StoredNetwork {
    let range = try #require(configuration?.range(of: text), "no \(text) in the configuration")
    return editingConfiguration { $0.replacingCharacters(in: range, with: other) }
  }
}
