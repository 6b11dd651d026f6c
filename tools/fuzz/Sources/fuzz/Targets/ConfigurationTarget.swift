import Foundation
import SystemFiles

@testable import KerasFiles
@testable import ModelGraph
@testable import ZipArchive

/// The configuration in a Keras file: its text, and the network that it describes.
struct ConfigurationTarget: FuzzTarget {
  static let name = "configuration"

  func check(_ bytes: [UInt8]) {
    guard let text = String(validating: bytes, as: UTF8.self) else { return }
    if let value = try? JSONParser.parse(text) {
      let written = value.text
      // Numbers that are none differ from themselves; what is written does not.
      guard (try? JSONParser.parse(written))?.text == written else { broken("what is written is read alike") }
    }
    guard let model = try? LayerConfiguration(parsing: text) else { return }
    _ = try? Flattener.flatten(model, inputSize: nil)
    let nothing = StoredObject(key: "")
    let stored = StoredNetwork(
      container: .archive, kerasVersion: nil, configuration: text, hasOptimizerState: false,
      weights: .objects(nothing))
    _ = try? Interpretation(of: stored, inputSize: nil, head: .leftOut)
  }

  /// The first layers of real files, as chains of their own: whole ones are too long to be fast.
  func seeds(fixtures: String) throws -> [String: [UInt8]] {
    var seeds = ["words": Array("[null,true,-1.5e3,NaN,-Infinity,\"\\ud83d\\ude00\\n\",{\"a\":[]}]".utf8)]
    for file in try FileManager.default.contentsOfDirectory(atPath: fixtures + "/keras").sorted() {
      guard let text = try? configuration(of: "\(fixtures)/keras/\(file)"),
        let model = try? JSONParser.parse(text)
      else { continue }
      seeds[file] = Array(model.cut(to: 2).text.utf8)
    }
    guard seeds.count > 20 else { throw CocoaError(.fileReadCorruptFile) }
    return seeds
  }

  /// Without the sandbox, whose limits no sanitizer can live with: the files are our own.
  private func configuration(of path: String) throws -> String? {
    let file = try SharedBytes(path: path)
    if path.hasSuffix(".keras") {
      let text = try file.withUnsafeBytes { try ZipArchive($0).contents(of: "config.json") }
      return String(validating: text, as: UTF8.self)
    }
    return try SandboxRehearsal.network(of: SandboxRehearsal.answer(for: file), for: file)?.configuration
  }
}

extension JSONValue {
  /// A model with its first layers alone, nested models cut in the same way, without what nobody reads.
  fileprivate func cut(to count: Int) -> JSONValue {
    guard case .object(var members) = self else { return self }
    members.removeAll { JSONValue.idle.contains($0.key) }
    guard let layers = self["config"]?["layers"]?.array else { return JSONValue.object(members).withoutIdle }
    let kept = layers.prefix(count).map { $0.cut(to: count) }
    let last = kept.last?["config"]?["name"] ?? kept.last?["name"] ?? .null
    for index in members.indices where members[index].key == "config" {
      guard case .object(let config) = members[index].value else { continue }
      members[index] = Member(
        key: "config",
        value: .object(
          config.map { member in
            switch member.key {
            case "layers": Member(key: "layers", value: .array(kept))
            case "output_layers": Member(key: "output_layers", value: .array([last, 0, 0]))
            default: member
            }
          }))
    }
    return .object(members)
  }

  private static let idle = ["module", "registered_name", "build_config", "compile_config", "dtype"]

  /// A layer whose `config` says nothing of initializers, regularizers and constraints.
  private var withoutIdle: JSONValue {
    guard case .object(let members) = self else { return self }
    return .object(
      members.map { member in
        guard member.key == "config", case .object(let config) = member.value else { return member }
        let kept = config.filter { entry in
          !["initializer", "regularizer", "constraint", "dtype"].contains { entry.key.contains($0) }
        }
        return Member(key: member.key, value: .object(kept))
      })
  }
}
